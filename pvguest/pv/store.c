/* SPDX-License-Identifier: MIT */
/*
 * One request at a time is under way, so an answer needs no search for its question. The
 * interrupt handler takes messages out of the ring: answers go to the thread that waits,
 * events only mark their watch, however many come.
 *
 * What comes from the ring is not trusted: a message that is too long, or indices that cannot
 * be, end the connection for good, and every call fails from then on.
 */
#include "pv/store.h"

#include "hypercall-abi/io/byte_ring.h"
#include "kernel/bottom.h"
#include "kernel/print.h"
#include "kernel/semaphore.h"
#include "kernel/spinlock.h"
#include "kernel/string.h"
#include "kernel/text.h"
#include "pv/event.h"

#define WATCH_LIMIT 64u
#define PIECE_LIMIT 4u

struct store_watch {
    char path[STORE_PATH_BYTES];
    void (*changed)(void *context);
    void *context;
    bool is_used;
    bool has_changed;
};

static struct xenstore_domain_interface *ring;
static uint32_t port;
static bool is_broken;

/* The message that arrives. Guarded by the lock, as is the state of the request. */
static struct spinlock lock;
static struct xsd_sockmsg header;
static char payload[XENSTORE_PAYLOAD_MAX + 1];
static uint32_t arrived; /* bytes, of both */

/* The request under way. `answer` holds what came, `has_answer` says so. */
static struct semaphore one_at_a_time = { .count = 1 };
static struct semaphore progress; /* something moved in the ring */
static bool is_waiting, has_answer;
static uint32_t request_id;
static struct xsd_sockmsg answer_header;
static char answer[XENSTORE_PAYLOAD_MAX + 1];

static struct store_watch watches[WATCH_LIMIT];
static struct semaphore changes;

bool store_is_there(void)
{
    return ring && !is_broken;
}

/* ---- messages that arrive ---- */

static void break_connection(const char *why)
{
    is_broken = true;
    print("store: %s, no longer used\n", why);
    semaphore_up(&progress);
    semaphore_up(&changes);
}

/* The payload is the path and the token, which is the number of the watch. */
static void take_event(void)
{
    size_t path_bytes = strlen(payload) + 1;
    uint64_t number =
        path_bytes < header.len ? parse_number(payload + path_bytes, NULL) : WATCH_LIMIT;

    if (number >= WATCH_LIMIT || !watches[number].is_used)
        return;
    watches[number].has_changed = true;
    semaphore_up(&changes);
}

static void take_message(void)
{
    payload[header.len] = 0;
    if (header.type == XS_WATCH_EVENT) {
        take_event();
    } else if (is_waiting && !has_answer && header.req_id == request_id) {
        answer_header = header;
        memcpy(answer, payload, header.len + 1);
        has_answer = true;
    }
}

static void receive(void)
{
    struct byte_ring incoming = { ring->rsp, sizeof(ring->rsp), &ring->rsp_cons, &ring->rsp_prod };
    uint32_t taken = 1;

    while (taken && !is_broken) {
        if (byte_ring_is_broken(&incoming)) {
            break_connection("its ring has indices that cannot be");
            return;
        }
        if (arrived < sizeof(header))
            taken = byte_ring_read(&incoming, (char *)&header + arrived,
                                   (uint32_t)sizeof(header) - arrived);
        else
            taken = byte_ring_read(&incoming, payload + (arrived - sizeof(header)),
                                   (uint32_t)sizeof(header) + header.len - arrived);
        arrived += taken;
        if (arrived >= sizeof(header) && header.len > XENSTORE_PAYLOAD_MAX) {
            break_connection("it sent a message that is too long");
        } else if (arrived >= sizeof(header) && arrived == sizeof(header) + header.len) {
            take_message();
            arrived = 0;
            taken = 1;
        }
    }
}

static void store_interrupt(void *context)
{
    (void)context;
    bool were_on = spin_lock(&lock);
    uint32_t before = ring->rsp_cons;

    receive();
    bool has_moved = ring->rsp_cons != before;
    bool wake = is_waiting;

    spin_unlock(&lock, were_on);
    if (has_moved)
        event_notify(port); /* there is room for more */
    if (wake)
        semaphore_up(&progress);
}

void store_init(struct xenstore_domain_interface *the_ring, uint32_t the_port)
{
    ring = the_ring;
    port = the_port;
    event_serve(port, store_interrupt, NULL);
}

/* ---- requests ---- */

struct piece {
    const void *bytes;
    size_t length;
};

static void send(const void *bytes, size_t length)
{
    const char *from = bytes;
    struct byte_ring outgoing = { ring->req, sizeof(ring->req), &ring->req_cons, &ring->req_prod };

    while (length && !is_broken) {
        uint32_t sent = byte_ring_write(&outgoing, from, (uint32_t)length);

        from += sent;
        length -= sent;
        if (sent)
            event_notify(port);
        else if (byte_ring_is_broken(&outgoing))
            break_connection("its ring has indices that cannot be");
        else
            semaphore_down(&progress);
    }
}

static int error_number(const char *name)
{
#define XENSTORE_ERROR(error)                                                                      \
    if (!strcmp(name, #error))                                                                     \
        return -XEN_##error;
#include "hypercall-abi/tables/xenstore_errors.def"
#undef XENSTORE_ERROR
    return -XEN_EIO;
}

static int converse(enum xsd_sockmsg_type type, uint32_t transaction, const struct piece *pieces,
                    uint32_t count)
{
    struct xsd_sockmsg request = { .type = type, .req_id = ++request_id, .tx_id = transaction };
    char head[sizeof(request)];

    for (uint32_t i = 0; i < count; i++)
        request.len += (uint32_t)pieces[i].length;
    if (request.len > XENSTORE_PAYLOAD_MAX)
        return -XEN_E2BIG;
    memcpy(head, &request, sizeof(request));
    send(head, sizeof(head));
    for (uint32_t i = 0; i < count; i++)
        send(pieces[i].bytes, pieces[i].length);
    while (!__atomic_load_n(&has_answer, __ATOMIC_ACQUIRE) && !is_broken)
        semaphore_down(&progress);
    if (!has_answer)
        return -XEN_EIO;
    if (answer_header.type == XS_ERROR)
        return error_number(answer);
    return answer_header.type == type ? 0 : -XEN_EIO;
}

/*
 * A request of so many pieces; `answer` is the caller's until store_release(). A caller always
 * releases, whatever came.
 */
static int ask(enum xsd_sockmsg_type type, uint32_t transaction, const struct piece *pieces,
               uint32_t count)
{
    semaphore_down(&one_at_a_time);
    if (!store_is_there())
        return -XEN_ENODEV;
    bool were_on = spin_lock(&lock);

    has_answer = false;
    is_waiting = true;
    spin_unlock(&lock, were_on);
    int result = converse(type, transaction, pieces, count);

    were_on = spin_lock(&lock);
    is_waiting = false;
    spin_unlock(&lock, were_on);
    return result;
}

static void store_release(void)
{
    semaphore_up(&one_at_a_time);
}

static struct piece text(const char *string)
{
    return (struct piece){ string, strlen(string) + 1 };
}

/* What was answered, if it fits with an end. */
static int give_answer(char *to, size_t bytes, size_t *used)
{
    if (answer_header.len + 1 > bytes)
        return -XEN_E2BIG;
    memcpy(to, answer, answer_header.len);
    to[answer_header.len] = 0;
    if (used)
        *used = answer_header.len;
    return 0;
}

int store_read(uint32_t transaction, const char *path, char *value, size_t bytes)
{
    struct piece pieces[] = { text(path) };
    int result = ask(XS_READ, transaction, pieces, 1);

    if (!result)
        result = give_answer(value, bytes, NULL);
    store_release();
    return result;
}

int store_write(uint32_t transaction, const char *path, const char *value)
{
    struct piece pieces[] = { text(path), { value, strlen(value) } };
    int result = ask(XS_WRITE, transaction, pieces, 2);

    store_release();
    return result;
}

int store_remove(uint32_t transaction, const char *path)
{
    struct piece pieces[] = { text(path) };
    int result = ask(XS_RM, transaction, pieces, 1);

    store_release();
    return result;
}

int store_directory(const char *path, char *names, size_t bytes, size_t *used)
{
    struct piece pieces[] = { text(path) };
    int result = ask(XS_DIRECTORY, 0, pieces, 1);

    if (!result)
        result = give_answer(names, bytes, used);
    store_release();
    return result;
}

int store_begin(uint32_t *transaction)
{
    struct piece pieces[] = { text("") };
    int result = ask(XS_TRANSACTION_START, 0, pieces, 1);

    if (!result)
        *transaction = (uint32_t)parse_number(answer, NULL);
    store_release();
    return result;
}

int store_end(uint32_t transaction, bool commit)
{
    struct piece pieces[] = { text(commit ? "T" : "F") };
    int result = ask(XS_TRANSACTION_END, transaction, pieces, 1);

    store_release();
    return result;
}

/* ---- watches ---- */

static int watch_request(enum xsd_sockmsg_type type, const struct store_watch *watch)
{
    char token[8];

    format_text(token, sizeof(token), "%u", (uint32_t)(watch - watches));
    struct piece pieces[] = { text(watch->path), text(token) };
    int result = ask(type, 0, pieces, 2);

    store_release();
    return result;
}

struct store_watch *store_watch(const char *path, void (*changed)(void *context), void *context)
{
    struct store_watch *watch = NULL;
    bool were_on = spin_lock(&lock);

    for (uint32_t i = 0; i < WATCH_LIMIT && !watch; i++) {
        if (!watches[i].is_used)
            watch = &watches[i];
    }
    if (watch) {
        *watch = (struct store_watch){ .changed = changed, .context = context, .is_used = true };
        copy_text(watch->path, path, sizeof(watch->path));
    }
    spin_unlock(&lock, were_on);
    if (watch && watch_request(XS_WATCH, watch)) {
        watch->is_used = false;
        watch = NULL;
    }
    return watch;
}

void store_unwatch(struct store_watch *watch)
{
    if (watch_request(XS_UNWATCH, watch))
        print("store: a watch of %s could not be ended\n", watch->path);
    bool were_on = spin_lock(&lock);

    watch->is_used = false;
    spin_unlock(&lock, were_on);
}

void store_wake_watches(void)
{
    semaphore_up(&changes);
}

/* The mark goes before the call, so that a change during the call makes another one. */
static bool take_mark(struct store_watch *watch)
{
    bool were_on = spin_lock(&lock);
    bool has_changed = watch->is_used && watch->has_changed;

    watch->has_changed = false;
    spin_unlock(&lock, were_on);
    return has_changed;
}

bool store_run_watches(uint64_t deadline_ns)
{
    if (!semaphore_down_until(&changes, deadline_ns))
        return false;
    for (uint32_t i = 0; i < WATCH_LIMIT; i++) {
        if (take_mark(&watches[i]))
            watches[i].changed(watches[i].context);
    }
    return true;
}
