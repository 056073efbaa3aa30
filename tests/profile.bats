load lib.bash

# Agent profiles, by the unit program: profile DIR shows what was loaded.

setup() { setup_world; }

p() { "$BUILD/tests/profile" .; }

# own KEY-LINE...: a profile of our own, called own, and chosen
own() {
	mkdir -p .jared/agents
	printf '%s\n' "$@" >.jared/agents/own.yaml
	echo 'agent: own' >jared.yaml
}

# refused TEXT LINE...: this profile is an error that says TEXT
refused() {
	local want=$1
	shift
	own "$@"
	run -3 --separate-stderr p
	[[ $stderr == *own.yaml:[0-9]*"$want"* ]] || { echo "$stderr"; return 1; }
}

@test "every shipped profile loads, and its words name no file of a shell" {
	for file in "$BUILD"/share/jared/agents/*.yaml; do
		name=$(basename "$file" .yaml)
		echo "agent: $name" >jared.yaml
		[ "$name" != sh ] || echo 'command: [cat]' >>jared.yaml
		run -0 p
		[[ $output == *"name: $name"* && $output != *"[sh]"* ]]
		for mode in interactive headless; do
			! grep -q "^$mode:" "$file" || JARED_MODE=$mode p
		done
	done
}

@test "the sh profile runs the configured command, the prompt on standard input" {
	printf 'agent: sh\ncommand: [worker, --flag, "a b"]\n' >jared.yaml
	run -0 p
	[[ $output == *"headless: [worker] [--flag] [a b]"* ]]
	[[ $output == *"headless prompt: stdin"* ]]
}

@test "a command that names the prompt gets it as an argument" {
	printf 'agent: sh\ncommand: [worker, "@{{prompt_file}}"]\n' >jared.yaml
	run -0 p
	[[ $output == *"headless prompt: arg"* ]]
}

@test "a command without agent: sh, or sh without a command, is an error" {
	echo 'command: [worker]' >jared.yaml
	run -3 p
	[[ $output == *"'command'"*"agent: sh"* ]]
	echo 'agent: sh' >jared.yaml
	run -3 p
	[[ $output == *"agent 'sh' needs 'command'"* ]]
	printf 'agent: sh\ncommand: [a, "{{port}}"]\n' >jared.yaml
	run -3 p
	[[ $output == *"command: unknown name '{{port}}'"* ]]
}

@test "an unknown agent is an error that names those there are" {
	own 'headless: [x]'
	echo 'agent: nobody' >jared.yaml
	run -3 p
	[[ $output == *"no agent profile 'nobody', valid: "*own* ]]
	[[ $output == *claude* && $output == *codex* && $output == *sh* ]]
}

@test "a repository's profile beats the shipped one of its name" {
	mkdir -p .jared/agents
	echo 'headless: [mine]' >.jared/agents/claude.yaml
	run -0 p
	[[ $output == *"headless: [mine]"* ]]
}

@test "all keys of a profile are understood" {
	own 'interactive: [x, "{{prompt}}", "--in={{worktree}}"]' \
	    'headless: [x, --file, "{{prompt_file}}"]' 'prompt: arg' \
	    'resume: [x, --resume, "{{session}}"]' 'mode: interactive' \
	    'login: [x, login]' 'env: {A: "b {{id}}.{{attempt}}", EMPTY: ""}' \
	    'unset: ["X_*"]' 'pass: [TOKEN]' 'hooks: x' 'osc7501: never' \
	    'status_dir: ["$HOME/x"]' 'quit: /quit' 'interrupt: [Escape, Escape]' 'changes: [tab, ends]' \
	    'exit: {1: error}' \
	    'rules: [{state: idle, reason: prompt, where: title, match: "^x$"}]'
	run -0 p
	[[ $output == *"mode: interactive"*"["--in={{worktree}}"]"* ]]
	[[ $output == *"headless prompt: arg"* ]]
	[[ $output == *"env: [A=b {{id}}.{{attempt}}] [EMPTY=]"* ]]
	[[ $output == *"unset: [X_*]"*"pass: [TOKEN]"* ]]
}

@test "what is wrong in a profile is an error with its line" {
	refused ": unknown key 'headles', valid: interactive headless" 'mode: headless' 'headles: [x]'
	refused "unknown name '{{foo}}', valid: prompt " 'headless: [x, "{{foo}}"]'
	refused "'{{' without '}}'" 'headless: [x, "{{prompt"]'
	refused "'headless' wants a list of words" 'headless: x y'
	refused "'headless' wants a list of words" 'headless: []'
	refused "'headless' wants a list of words" 'headless: [x, [y]]'
	refused "bad prompt 'file', valid: arg stdin" 'headless: [x]' 'prompt: file'
	refused "bad prompt 'std', valid: arg stdin" 'headless: [x]' 'prompt: std'
	refused "bad mode 'arg stdin'" 'headless: [x]' 'mode: arg stdin'
	refused "prompt is 'arg', but 'headless' has no {{prompt}}" 'headless: [x]' 'prompt: arg'
	refused "prompt is 'stdin', but 'headless' has a {{prompt}}" 'headless: [x, "{{prompt}}"]' 'prompt: stdin'
	refused "'interactive' has no {{prompt}}" 'interactive: [x]'
	refused "bad word 'tabs' in 'changes', valid: tab ends" 'changes: [tabs]'
	refused "bad exit status '256'" 'exit: {256: x}'
	refused "bad name of a variable 'A=B'" 'env: {"A=B": c}'
	refused "a rule has state, reason, where and match" 'rules: [{state: idle}]'
	refused "bad state 'busy', valid: working waiting idle error" \
	    'rules: [{state: busy, reason: x, where: 1, match: x}]'
	refused "bad where 'top'" 'rules: [{state: idle, reason: x, where: top, match: x}]'
	refused "no extended regular expression" 'rules: [{state: idle, reason: x, where: 1, match: "("}]'
	refused ": " '- a list'
	refused ": " 'headless: ['
}

@test "a mode that the profile does not have is an error" {
	own 'headless: [x]'
	JARED_MODE=interactive run -3 p
	[[ $output == *"agent 'own' has no interactive mode"* ]]
}

@test "a prompt without {{prompt}} in the words goes to standard input, with it into an argument" {
	own 'headless: [x, "{{prompt}}"]'
	run -0 p
	[[ $output == *"headless prompt: arg"* ]]
	own 'headless: [x]'
	run -0 p
	[[ $output == *"headless prompt: stdin"* ]]
}

@test "the default prompt names only what a dispatcher fills in, and no tags" {
	run -0 grep -o '{{[^}]*}}' "$BUILD/share/jared/prompts/default.md"
	for word in $output; do
		[[ "id title file body worktree branch status_file attempt jared" == *"${word//[\{\}]/}"* ]]
	done
	run -1 grep '<[a-z-]*>' "$BUILD/share/jared/prompts/default.md"
}
