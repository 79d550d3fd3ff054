// SPDX-License-Identifier: GPL-2.0
/*
 * mkfw DIR: GuC firmware files for the emulated GPU, a valid CSS header around nothing.
 * The header is struct uc_css_header of xe_uc_fw_abi.h, here as dword indices.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define HEADER_DW 32u /* the fixed part */
#define KEY_DW 96u
#define MODULUS_DW 96u
#define EXPONENT_DW 1u
#define UCODE_DW 1024u
#define HEADER_SIZE_DW (HEADER_DW + KEY_DW + MODULUS_DW + EXPONENT_DW)
#define FILE_DW (HEADER_DW + UCODE_DW + KEY_DW)

#define MODULE_TYPE_UC 6u
#define RELEASE(major, minor, patch) ((uint32_t)(major) << 16 | (minor) << 8 | (patch))

static int write_blob(const char *dir, const char *name)
{
	static uint32_t blob[FILE_DW];
	char path[4096];
	FILE *f;

	memset(blob, 0, sizeof(blob));
	blob[0] = MODULE_TYPE_UC;
	blob[1] = HEADER_SIZE_DW;
	blob[2] = 0x00010000; /* header version */
	blob[6] = HEADER_SIZE_DW + UCODE_DW;
	blob[7] = KEY_DW;
	blob[8] = MODULUS_DW;
	blob[9] = EXPONENT_DW;
	blob[16] = RELEASE(70, 54, 0); /* 6.12 asks for 70.29.2 or newer, 7.3 recommends this */
	blob[17] = RELEASE(1, 0, 0); /* the oldest submission interface: promises nothing the model lacks */
	if (snprintf(path, sizeof(path), "%s/xe/%s", dir, name) >= (int)sizeof(path))
		return -1;
	f = fopen(path, "wb");
	if (!f || fwrite(blob, sizeof(blob), 1, f) != 1 || fclose(f)) {
		fprintf(stderr, "mkfw: %s: %s\n", path, strerror(errno));
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	char sub[4096];

	if (argc != 2 || !strcmp(argv[1], "--help")) {
		fprintf(argc == 2 ? stdout : stderr, "usage: mkfw DIR\nwrites DIR/xe/{lnl,bmg}_guc_70.bin\n");
		return argc == 2 ? 0 : 2;
	}
	snprintf(sub, sizeof(sub), "%s/xe", argv[1]);
	if (mkdir(sub, 0777) && errno != EEXIST) {
		fprintf(stderr, "mkfw: %s: %s\n", sub, strerror(errno));
		return 1;
	}
	return write_blob(argv[1], "lnl_guc_70.bin") || write_blob(argv[1], "bmg_guc_70.bin");
}
