#include "check.h"
#include "hash.h"

int
main(void)
{
	/* The published test vectors. */
	CHECK(hash_fnv("", 0) == 0xcbf29ce484222325u);
	CHECK(hash_fnv("a", 1) == 0xaf63dc4c8601ec8cu);
	CHECK(hash_fnv("foobar", 6) == 0x85944171f73967e8u);
	CHECK(hash_crc32("", 0) == 0);
	CHECK(hash_crc32("123456789", 9) == 0xcbf43926u);
	CHECK(hash_crc32("\0\0\0\0", 4) == 0x2144df1cu);
	return failed;
}
