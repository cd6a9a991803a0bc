#pragma once

#include "net/net.h"

/* Inside the room: the octets of a question and of its answer. */
#define DNS_QUESTION_MAX 300

enum dns_told { DNS_TOLD, DNS_OTHER, DNS_FAILED }; /* OTHER: not the answer to this question */

bool dns_question(const char *name, uint16_t id, uint8_t out[DNS_QUESTION_MAX], size_t *out_n);
enum dns_told dns_answer(struct arena *a, const uint8_t *question, size_t question_n, const uint8_t *p, size_t n,
                         struct net_texts *out);
