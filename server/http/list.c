#include "http/http_int.h"

void list_init(struct list_node *head)
{
    head->prev = head->next = head;
}

void list_add(struct list_node *head, struct list_node *n)
{
    n->prev = head->prev;
    n->next = head;
    head->prev->next = n;
    head->prev = n;
}

void list_drop(struct list_node *n)
{
    n->prev->next = n->next;
    n->next->prev = n->prev;
    n->prev = n->next = n;
}

bool list_empty(const struct list_node *head)
{
    return head->next == head;
}
