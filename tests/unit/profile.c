/* Without arguments: checks of template_fill.  With a directory: load the
 * profile that jared.yaml there names, and show it. */
#include "check.h"

#include "profile.h"

static struct arena arena;

static void
fill(const char *text, const char *want, const char *want_why)
{
	static const struct word_value v[] = {
		{ "id", "t1" }, { "body", "a {{id}} {{" }, { "empty", "" },
		{ "none", NULL }, { NULL, NULL },
	};
	const char *why = "untouched";

	CHECK_STR(template_fill(&arena, text, v, &why), want);
	CHECK_STR(why, want_why);
}

static int
check_fill(void)
{
	fill("", "", NULL);
	fill("plain", "plain", NULL);
	fill("{{id}}", "t1", NULL);
	fill("a{{id}}b{{id}}{{empty}}{{none}}c", "at1bt1c", NULL);
	fill("{{body}}", "a {{id}} {{", NULL);
	fill("{id} }} {", "{id} }} {", NULL);
	fill("{{{id}}}", NULL, "unknown name '{{{id}}'");
	fill("{{ id }}", NULL, "unknown name '{{ id }}'");
	fill("{{}}", NULL, "unknown name '{{}}'");
	fill("{{i}}", NULL, "unknown name '{{i}}'");
	fill("{{id", NULL, "'{{' without '}}'");
	fill("x {{id}} {{", NULL, "'{{' without '}}'");
	arena_release(&arena);
	return failed;
}

static void
show(const char *what, const char *const *word)
{
	printf("%s:", what);
	for (; word && *word; word++)
		printf(" [%s]", *word);
	putchar('\n');
}

int
main(int argc, char *argv[])
{
	struct config c;
	struct profile p;

	set_progname(argv[0]);
	if (argc < 2)
		return check_fill();
	config_load(&c, argv[1], &arena);
	profile_load(&p, argv[1], &c, &arena);
	printf("name: %s\nmode: %s\n", p.name, p.mode);
	show("interactive", p.interactive);
	show("headless", p.headless);
	printf("headless prompt: %s\n", p.prompt_arg[1] ? "arg" : "stdin");
	show("env", p.env);
	show("unset", p.unset);
	show("pass", p.pass);
	arena_release(&arena);
	finish(EXIT_OK);
}
