/* SPDX-License-Identifier: MIT */
/*
 * Lets both sides tell their facts, prints each that differs, and the number compared.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fact.h"

#define FACTS_MAX 100000

struct fact {
    const char *name;
    const char *text; /* null: the fact is the number */
    uint64_t number;
};

struct side {
    struct fact facts[FACTS_MAX];
    size_t count;
};

static struct side ours;
static struct side public;
static struct side *telling;

static void add_fact(const char *name, const char *text, uint64_t number)
{
    if (telling->count == FACTS_MAX) {
        fprintf(stderr, "more than %d facts\n", FACTS_MAX);
        exit(2);
    }
    telling->facts[telling->count++] = (struct fact){ name, text, number };
}

void fact_number(const char *name, uint64_t value)
{
    add_fact(name, NULL, value);
}

void fact_text(const char *name, const char *value)
{
    add_fact(name, value, 0);
}

static int is_same(const struct fact *left, const struct fact *right)
{
    if (strcmp(left->name, right->name) != 0) {
        fprintf(stderr, "the two sides tell %s and %s\n", left->name, right->name);
        exit(2);
    }
    if (left->text && right->text)
        return strcmp(left->text, right->text) == 0;
    return !left->text && !right->text && left->number == right->number;
}

static void print_value(const char *side, const struct fact *fact)
{
    if (fact->text)
        printf(" %s \"%s\"", side, fact->text);
    else
        printf(" %s %" PRId64, side, (int64_t)fact->number);
}

int main(void)
{
    size_t differences = 0;

    telling = &ours;
    describe_ours();
    telling = &public;
    describe_public();
    if (ours.count != public.count) {
        fprintf(stderr, "%zu facts against %zu\n", ours.count, public.count);
        return 2;
    }
    for (size_t i = 0; i < ours.count; i++) {
        if (is_same(&ours.facts[i], &public.facts[i]))
            continue;
        printf("differs: %s:", ours.facts[i].name);
        print_value("ours", &ours.facts[i]);
        printf(",");
        print_value("public", &public.facts[i]);
        printf("\n");
        differences++;
    }
    printf("%zu facts compared, %zu differ\n", ours.count, differences);
    return differences ? 1 : 0;
}
