/* SPDX-License-Identifier: MIT */
/* The FIFO ABI, against guests that obey it and guests that do not. */
#include <pthread.h>
#include <string.h>

#include "event/evtchn_ops.h"
#include "event/fifo.h"
#include "lib/errno.h"
#include "mm/frame_alloc.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"
#include "unit/event/world.h"

#define PENDING (1u << EVTCHN_FIFO_PENDING)
#define MASKED  (1u << EVTCHN_FIFO_MASKED)
#define LINKED  (1u << EVTCHN_FIFO_LINKED)
#define BUSY    (1u << EVTCHN_FIFO_BUSY)

static struct domain *guest;
static struct frame *control_frame[2], *array_frame;
static struct evtchn_fifo_control_block *control[2];
static event_word_t *words;

static long init_control(uint32_t vcpu, struct frame *frame, uint32_t offset)
{
    struct evtchn_init_control op = { .control_gfn = frame_to_mfn(frame).number,
                                      .offset = offset,
                                      .vcpu = vcpu };
    long error = evtchn_op_init_control(guest->vcpus[0], &op);

    if (!error)
        ck_assert_uint_eq(op.link_bits, 17);
    return error;
}

static long expand(struct frame *frame)
{
    struct evtchn_expand_array op = { frame_to_mfn(frame).number };

    return evtchn_op_expand_array(guest->vcpus[0], &op);
}

static long set_priority(uint32_t port, uint32_t priority)
{
    struct evtchn_set_priority op = { port, priority };

    return evtchn_op_set_priority(guest->vcpus[0], &op);
}

static void start_without_array(void)
{
    world_start(2047);
    guest = d[1];
    for (uint32_t i = 0; i < 2; i++) {
        control_frame[i] = fake_frame_create(guest);
        control[i] = (void *)((uint8_t *)mfn_to_virt(frame_to_mfn(control_frame[i])) + 64 * i);
        ck_assert_int_eq(init_control(i, control_frame[i], 64 * i), 0);
    }
    array_frame = fake_frame_create(guest);
    words = mfn_to_virt(frame_to_mfn(array_frame));
}

static void start(void)
{
    start_without_array();
    ck_assert_int_eq(expand(array_frame), 0);
}

/* The guest: takes the next event of a queue; 0 when it is empty. */
static uint32_t take(uint32_t vcpu, uint32_t priority)
{
    struct evtchn_fifo_control_block *block = control[vcpu];
    uint32_t port = block->head[priority], word;

    if (!(block->ready >> priority & 1) || !port)
        return 0;
    word = words[port];
    words[port] = word & ~(LINKED | PENDING | EVTCHN_FIFO_LINK_MASK);
    block->head[priority] = word & EVTCHN_FIFO_LINK_MASK;
    if (!block->head[priority])
        block->ready &= ~(1u << priority);
    guest->vcpus[vcpu]->info->evtchn_upcall_pending = 0;
    return port;
}

static bool has_upcall(uint32_t vcpu)
{
    return guest->vcpus[vcpu]->info->evtchn_upcall_pending;
}

TEST(fifo, an_event_is_the_head_and_ready_and_an_upcall)
{
    start();
    uint32_t port = (uint32_t)bind_ipi(guest, 0);

    ck_assert_int_eq(send(guest, port), 0);
    ck_assert_uint_eq(words[port], PENDING | LINKED);
    ck_assert_uint_eq(control[0]->head[7], port);
    ck_assert_uint_eq(control[0]->ready, 1u << 7);
    ck_assert(has_upcall(0) && !has_upcall(1));
    ck_assert_uint_eq(guest->shared->evtchn_pending[0], 0);
    ck_assert_uint_eq(take(0, 7), port);
    ck_assert_uint_eq(take(0, 7), 0);
}

TEST(fifo, events_come_in_order)
{
    uint32_t ports[20];

    start();
    for (int i = 0; i < 20; i++)
        ports[i] = (uint32_t)bind_ipi(guest, 0);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 20; i++)
            send(guest, ports[(i * 7 + round) % 20]);
        for (int i = 0; i < 20; i++)
            ck_assert_uint_eq(take(0, 7), ports[(i * 7 + round) % 20]);
        ck_assert_uint_eq(take(0, 7), 0);
    }
}

TEST(fifo, a_second_event_of_a_queue_is_no_second_upcall)
{
    start();
    uint32_t first = (uint32_t)bind_ipi(guest, 0), second = (uint32_t)bind_ipi(guest, 0);

    send(guest, first);
    guest->vcpus[0]->info->evtchn_upcall_pending = 0;
    send(guest, second);
    send(guest, first);
    ck_assert(!has_upcall(0));
    ck_assert_uint_eq(words[first], PENDING | LINKED | second);
}

TEST(fifo, a_masked_event_waits_for_unmask)
{
    start();
    uint32_t port = (uint32_t)bind_ipi(guest, 1);

    words[port] = MASKED;
    send(guest, port);
    ck_assert_uint_eq(words[port], PENDING | MASKED);
    ck_assert(!has_upcall(1));
    ck_assert_int_eq(unmask(guest, port), 0);
    ck_assert_uint_eq(words[port], PENDING | LINKED);
    ck_assert_uint_eq(take(1, 7), port);
    words[port] = MASKED;
    ck_assert_int_eq(unmask(guest, port), 0);
    ck_assert_uint_eq(words[port], 0);
    ck_assert(!has_upcall(1));
}

TEST(fifo, priorities_are_queues_of_their_own)
{
    start();
    uint32_t port = (uint32_t)bind_ipi(guest, 0);

    ck_assert_int_eq(set_priority(port, 16), -EINVAL);
    ck_assert_int_eq(set_priority(port + 1, 3), -EINVAL);
    ck_assert_int_eq(set_priority(port, 0), 0);
    send(guest, port);
    ck_assert_uint_eq(take(0, 0), port);
    /* A new owner of the port begins with the default. */
    close_port(guest, port);
    bind_ipi(guest, 0);
    send(guest, port);
    ck_assert_uint_eq(take(0, 7), port);
}

TEST(fifo, a_moved_event_takes_no_follower_along)
{
    start();
    uint32_t mover = (uint32_t)bind_ipi(guest, 0), stays = (uint32_t)bind_ipi(guest, 0);

    /* It is the last that queue 7 knows, then it is in queue 3: what comes to 7 is a new head. */
    send(guest, mover);
    ck_assert_uint_eq(take(0, 7), mover);
    set_priority(mover, 3);
    send(guest, mover);
    send(guest, stays);
    ck_assert_uint_eq(words[mover], PENDING | LINKED);
    ck_assert_uint_eq(take(0, 7), stays);
    ck_assert_uint_eq(take(0, 3), mover);
}

TEST(fifo, events_before_the_array_are_kept)
{
    start_without_array();
    uint32_t first = (uint32_t)bind_ipi(guest, 0), second = (uint32_t)bind_ipi(guest, 1);

    send(guest, first);
    send(guest, second);
    ck_assert(!has_upcall(0));
    ck_assert_int_eq(expand(array_frame), 0);
    ck_assert_uint_eq(take(0, 7), first);
    ck_assert_uint_eq(take(1, 7), second);
}

TEST(fifo, events_of_the_other_abi_are_kept)
{
    world_start(2047);
    guest = d[1];
    uint32_t port = (uint32_t)bind_ipi(guest, 0);

    set_mask(guest, port, true);
    send(guest, port);
    control_frame[0] = fake_frame_create(guest);
    control[0] = mfn_to_virt(frame_to_mfn(control_frame[0]));
    ck_assert_int_eq(init_control(0, control_frame[0], 0), 0);
    array_frame = fake_frame_create(guest);
    words = mfn_to_virt(frame_to_mfn(array_frame));
    ck_assert_int_eq(expand(array_frame), 0);
    ck_assert_uint_eq(take(0, 7), port);
}

TEST(fifo, a_freed_port_is_not_pending)
{
    start();
    uint32_t port = (uint32_t)bind_ipi(guest, 0);

    send(guest, port);
    ck_assert_int_eq(close_port(guest, port), 0);
    ck_assert_uint_eq(words[port] & PENDING, 0);
    ck_assert_uint_eq(take(0, 7), port); /* it stays linked, the guest finds it not pending */
    start_without_array();
    port = (uint32_t)bind_ipi(guest, 0);
    send(guest, port);
    close_port(guest, port);
    ck_assert_int_eq(expand(array_frame), 0);
    ck_assert_uint_eq(words[port], 0);
}

TEST(fifo, grows_to_what_the_domain_may_have)
{
    start();
    struct frame *more = fake_frame_create(guest), *too_many = fake_frame_create(guest);

    for (uint32_t port = 1; port <= 2047; port++)
        ck_assert_int_eq(bind_ipi(guest, 0), (int)port);
    ck_assert_int_eq(bind_ipi(guest, 0), -ENOSPC);
    send(guest, 1500);
    ck_assert_int_eq(expand(more), 0);
    ck_assert_uint_eq(control[0]->head[7], 1500);
    ck_assert_int_eq(expand(too_many), -ENOSPC);
    ck_assert_uint_eq(fake_frame_references(too_many), 0);
    ck_assert_uint_eq(fake_frame_writable_count(more), 1);
}

TEST(fifo, has_more_ports_than_two_levels)
{
    world_start(~0u);
    guest = d[1];
    control_frame[0] = fake_frame_create(guest);
    ck_assert_int_eq(init_control(0, control_frame[0], 0), 0);
    for (uint32_t port = 1; port <= 5000; port++)
        ck_assert_int_eq(bind_ipi(guest, 0), (int)port);
}

TEST(fifo, refuses_places_that_cannot_be)
{
    world_start(2047);
    guest = d[1];
    struct frame *frame = fake_frame_create(guest), *foreign = fake_frame_create(d[2]);
    struct evtchn_init_control op = { .control_gfn = ~0UL };

    ck_assert_int_eq(init_control(0, frame, 4), -EINVAL);
    ck_assert_int_eq(init_control(0, frame, PAGE_SIZE - 64), -EINVAL);
    ck_assert_int_eq(init_control(0, frame, ~7u), -EINVAL);
    ck_assert_int_eq(init_control(2, frame, 0), -ENOENT);
    ck_assert_int_eq(init_control(0, foreign, 0), -EINVAL);
    fake_frame_make_table(frame, true);
    ck_assert_int_eq(init_control(0, frame, 0), -EINVAL);
    fake_frame_make_table(frame, false);
    ck_assert_int_eq(evtchn_op_init_control(guest->vcpus[0], &op), -EINVAL);
    ck_assert_int_eq(expand(frame), -ENOSYS);
    ck_assert_uint_eq(fake_frame_references(frame), 0);
    ck_assert_uint_eq(fake_frame_references(foreign), 0);
    ck_assert_ptr_null(atomic_load(&guest->events->fifo));

    ck_assert_int_eq(init_control(0, frame, PAGE_SIZE - 72), 0);
    ck_assert_int_eq(init_control(0, frame, 0), -EINVAL);
    ck_assert_int_eq(expand(foreign), -EINVAL);
    ck_assert_uint_eq(fake_frame_references(frame), 1);
    ck_assert_uint_eq(fake_frame_references(foreign), 0);
}

TEST(fifo, reset_gives_the_pages_back_and_the_other_abi)
{
    struct evtchn_reset op = { .dom = DOMID_SELF };

    start();
    uint32_t port = (uint32_t)bind_ipi(guest, 0);
    send(guest, port);
    ck_assert_int_eq(evtchn_op_reset(guest->vcpus[0], &op), 0);
    ck_assert_uint_eq(fake_frame_references(control_frame[0]), 0);
    ck_assert_uint_eq(fake_frame_references(control_frame[1]), 0);
    ck_assert_uint_eq(fake_frame_references(array_frame), 0);
    ck_assert_uint_eq(fake_frame_writable_count(array_frame), 0);
    port = (uint32_t)bind_ipi(guest, 0);
    send(guest, port);
    ck_assert(is_pending(guest, port));
    ck_assert_int_eq(init_control(0, control_frame[0], 0), 0);
}

TEST(fifo, the_end_of_the_domain_gives_the_pages_back)
{
    start();
    bind_ipi(guest, 0);
    ck_assert_int_eq(evtchn_domain_close(guest), 0);
    ck_assert_uint_eq(fake_frame_references(control_frame[0]), 0);
    ck_assert_uint_eq(fake_frame_references(array_frame), 0);
    ck_assert_ptr_null(guest->vcpus[0]->fifo);
}

TEST(fifo, a_vcpu_without_control_block_gets_nothing_and_harms_nothing)
{
    world_start(2047);
    guest = d[1];
    control_frame[0] = fake_frame_create(guest);
    ck_assert_int_eq(init_control(0, control_frame[0], 0), 0);
    array_frame = fake_frame_create(guest);
    words = mfn_to_virt(frame_to_mfn(array_frame));
    ck_assert_int_eq(expand(array_frame), 0);
    uint32_t port = (uint32_t)bind_ipi(guest, 1);
    ck_assert_int_eq(send(guest, port), 0);
    ck_assert_uint_eq(words[port], PENDING);
    ck_assert(!has_upcall(1));
}

/* ---- guests that write what they like ---- */

TEST(fifo, every_word_is_survived)
{
    uint64_t state = 1181783497276652981UL;

    start();
    for (int i = 0; i < 16; i++)
        bind_ipi(guest, (uint32_t)i % 2);
    for (int i = 0; i < 20000; i++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        words[state % 1024] = (uint32_t)(state >> 32);
        control[state >> 20 & 1]->head[state >> 24 & 15] = (uint32_t)(state >> 28);
        if (state % 5 == 0)
            control[0]->ready = (uint32_t)state;
        send(guest, 1 + (uint32_t)(state >> 10) % 16);
        unmask(guest, 1 + (uint32_t)(state >> 14) % 16);
        set_priority(1 + (uint32_t)(state >> 10) % 16, (uint32_t)(state >> 40) % 16);
    }
    ck_assert(evtchn_check(guest));
}

static _Atomic bool stop;

static void *scribble(void *argument)
{
    (void)argument;
    for (uint32_t i = 0; !atomic_load_explicit(&stop, memory_order_relaxed); i++)
        __atomic_store_n(&words[1 + i % 4], i << 17 | LINKED, __ATOMIC_RELAXED);
    return NULL;
}

TEST(fifo, a_guest_that_never_stops_writing_cannot_hold_a_sender_up)
{
    pthread_t scribbler;

    start();
    for (int i = 0; i < 4; i++)
        bind_ipi(guest, 0);
    ck_assert_int_eq(pthread_create(&scribbler, NULL, scribble, NULL), 0);
    for (uint32_t i = 0; i < 50000; i++)
        send(guest, 1 + i % 4);
    atomic_store(&stop, true);
    pthread_join(scribbler, NULL);
    ck_assert(evtchn_check(guest));
}

static int set_up_all(void *context)
{
    (void)context;
    struct frame *frame = fake_frame_create(guest), *array = fake_frame_create(guest);
    long error = init_control(0, frame, 0);

    if (error) {
        ck_assert_uint_eq(fake_frame_references(frame), 0);
        return (int)error;
    }
    error = expand(array);
    return (int)error;
}

TEST(fifo, survives_every_failed_allocation)
{
    world_start(2047);
    guest = d[1];
    ck_assert_uint_ge(sweep_allocation_failures(set_up_all, NULL), 2);
}
