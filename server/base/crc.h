#pragma once

#include <stddef.h>
#include <stdint.h>

/* crc: CRC-32 of ISO-HDLC (the one of Ethernet, gzip and PNG). Against accidents and for vendors whose signatures are
 * over it; never proof of anything by itself.
 */
uint32_t crc32_of(const void *p, size_t n);
