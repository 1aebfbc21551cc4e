/* SPDX-License-Identifier: MIT */
/*
 * Domains, below them vCPUs or hypercalls, drawn again after each interval. What is drawn are the
 * tables that --once prints; a terminal that is too small shows their beginning.
 *
 * q or Ctrl-C leaves, v shows vCPUs or hides them, h the hypercalls.
 */
#include "pvctl/top_screen.h"

#include <ncurses.h>
#include <stdlib.h>
#include <string.h>

#include "pvctl/client.h"
#include "pvctl/numbers.h"

#define NS_PER_MS 1000000u
#define CONTROL_C 3

enum color { COLOR_OF_HEAD = 1, COLOR_OF_RUNNING, COLOR_OF_TROUBLE };

struct screen {
    struct invocation *call;
    json_t *numbers, *before;
    bool has_colors, shows_vcpus, shows_hypercalls;
    int row;
};

static const struct column vcpu_columns[] = {
    { "Name", "name", COLUMN_TEXT },
    { "VCPU", "vcpu", COLUMN_NUMBER },
    { "CPU", "cpu", COLUMN_NUMBER },
    { "State", "state", COLUMN_TEXT },
    { "CPU(%)", "cpu_percent", COLUMN_NUMBER },
    { "Calls/s", "rates.hypercalls", COLUMN_RATE },
    { "Traps/s", "rates.traps", COLUMN_RATE },
    { "Sysc/s", "rates.system_calls", COLUMN_RATE },
    { "PTEs/s", "rates.page_table_updates", COLUMN_RATE },
    { "Events/s", "rates.upcalls", COLUMN_RATE },
    { "Switch/s", "rates.switches", COLUMN_RATE },
    { 0 },
};

static json_t *vcpu_rows(const json_t *numbers)
{
    json_t *rows = json_array(), *domain, *vcpu;
    size_t i, j;

    json_array_foreach(json_object_get(numbers, "domains"), i, domain)
    {
        json_array_foreach(json_object_get(domain, "vcpu_list"), j, vcpu)
        {
            json_object_set(vcpu, "name", json_object_get(domain, "name"));
            json_array_append(rows, vcpu);
        }
    }
    return rows;
}

static attr_t attributes_for(const struct screen *screen, const json_t *row)
{
    const char *state = json_string_value(json_object_get(row, "state"));

    if (!screen->has_colors || !state)
        return A_NORMAL;
    if (!strcmp(state, "running"))
        return COLOR_PAIR(COLOR_OF_RUNNING);
    return !strcmp(state, "crashed") || !strcmp(state, "dying") ? COLOR_PAIR(COLOR_OF_TROUBLE)
                                                                : A_NORMAL;
}

static void draw_line(struct screen *screen, const char *text, attr_t attributes)
{
    if (screen->row >= LINES)
        return;
    attrset((int)attributes);
    mvaddnstr(screen->row++, 0, text, COLS);
    attrset((int)A_NORMAL);
}

/* The table's lines: a header, then one for each row. */
static void draw_table(struct screen *screen, const json_t *rows, const struct column *columns)
{
    attr_t head = screen->has_colors ? COLOR_PAIR(COLOR_OF_HEAD) | A_BOLD : A_REVERSE;
    char *text = NULL, *rest, *line;
    size_t bytes, i = 0;
    FILE *file = open_memstream(&text, &bytes);

    if (!file)
        return;
    table_print(file, rows, columns);
    fclose(file);
    for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest), i++)
        draw_line(screen, line, i ? attributes_for(screen, json_array_get(rows, i - 1)) : head);
    free(text);
    screen->row++;
}

static void draw(struct screen *screen)
{
    const json_t *domains = json_object_get(screen->numbers, "domains");
    char title[128];

    snprintf(title, sizeof(title), "pvctl top: %zu domains   q quit   v vCPUs   h hypercalls",
             json_array_size(domains));
    erase();
    screen->row = 0;
    draw_line(screen, title, A_BOLD);
    draw_table(screen, domains, top_columns);
    if (screen->shows_vcpus) {
        json_t *rows = vcpu_rows(screen->numbers);

        draw_table(screen, rows, vcpu_columns);
        json_decref(rows);
    }
    if (screen->shows_hypercalls) {
        json_t *rows = numbers_hypercalls(screen->numbers, screen->before);

        draw_table(screen, rows, hypercall_columns);
        json_decref(rows);
    }
    refresh();
}

static int look(struct screen *screen, struct error *error)
{
    json_t *next;

    if (numbers_sample(screen->call, REQUEST_ID_stats, NULL, 0, &next, error))
        return -1;
    if (screen->numbers)
        numbers_add_rates(next, screen->numbers);
    json_decref(screen->before);
    screen->before = screen->numbers;
    screen->numbers = next;
    return 0;
}

/* False: the user leaves. */
static bool take_key(struct screen *screen, int key)
{
    switch (key) {
    case 'q':
    case CONTROL_C:
        return false;
    case 'v':
        screen->shows_vcpus = !screen->shows_vcpus;
        break;
    case 'h':
        screen->shows_hypercalls = !screen->shows_hypercalls;
        break;
    default: /* the terminal's size changed, or a key of no use here */
        break;
    }
    return true;
}

static int run(struct screen *screen, struct error *error)
{
    int key = ERR;

    do {
        if (key == ERR && look(screen, error))
            return -1;
        draw(screen);
        key = getch();
    } while (take_key(screen, key));
    return 0;
}

static void set_up(struct screen *screen, uint64_t interval_ns)
{
    raw();
    noecho();
    curs_set(0);
    keypad(stdscr, TRUE);
    timeout((int)(interval_ns / NS_PER_MS));
    screen->has_colors = screen->call->settings->color && has_colors();
    if (!screen->has_colors)
        return;
    start_color();
    use_default_colors();
    init_pair(COLOR_OF_HEAD, COLOR_CYAN, -1);
    init_pair(COLOR_OF_RUNNING, COLOR_GREEN, -1);
    init_pair(COLOR_OF_TROUBLE, COLOR_RED, -1);
}

int top_screen_run(struct invocation *call, uint64_t interval_ns, struct error *error)
{
    struct screen screen = { .call = call,
                             .shows_vcpus = true,
                             .shows_hypercalls = call->options[OPTION_hypercalls] != NULL };
    SCREEN *terminal;
    int result;

    if (look(&screen, error)) /* messages of failure belong on the plain screen */
        return -1;
    terminal = newterm(NULL, stdout, stdin);
    if (!terminal) {
        json_decref(screen.numbers);
        error_set(error, ERROR_UNSUPPORTED, "PV-E0445", "this terminal cannot show a screen");
        return error_hint(error, "pvctl top --once prints a table; or set TERM");
    }
    set_up(&screen, interval_ns);
    result = run(&screen, error);
    endwin();
    delscreen(terminal);
    json_decref(screen.before);
    json_decref(screen.numbers);
    return result;
}
