/* SPDX-License-Identifier: MIT */
/*
 * Building in a child process: unpacking a kernel takes seconds, in which other guests' store and
 * consoles go on. The child has its own way to the hypervisor; its answer comes through a pipe. If
 * it dies without one, the domain that it may have begun is found by its uuid and destroyed.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "control/sysctl.h"
#include "pvd/guest.h"

struct build_answer {
    int result;
    struct built_domain built;
    struct error error;
};

static struct build_request request_from(const struct domain_config *config)
{
    struct build_request request = {
        .kernel = config->kernel,
        .ramdisk = config->initrd,
        .command_line = config->cmdline,
        .memory_bytes = config->memory_bytes,
        .memory_max_bytes = config->max_memory_bytes,
        .vcpus = config->max_vcpus,
        .event_channels_max = config->max_event_channels,
        .grant_frames_max = (int32_t)config->max_grant_frames,
        .maptrack_frames_max = (int32_t)config->max_maptrack_frames,
        .tsc_mode = (uint32_t)config->tsc_mode,
    };

    if (config->clock == CLOCK_LOCALTIME) {
        time_t now = time(NULL);

        request.time_offset_s = localtime(&now)->tm_gmtoff;
    }
    memcpy(request.uuid, config->uuid, sizeof(request.uuid));
    return request;
}

/* If memory becomes short, it is the builder that goes, and not the daemon. */
static void offer_to_go(void)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return;
    if (write(fd, "1000", 4) != 4)
        log_debug("the builder's rank for memory cannot be set");
    close(fd);
}

static void run_child(const struct guest *guest, int fd)
{
    struct build_request request = request_from(&guest->config);
    struct build_answer answer;
    struct control *control;

    memset(&answer, 0, sizeof(answer));
    offer_to_go();
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    answer.result = control_open(&control, &answer.error);
    if (!answer.result) {
        answer.result = build_domain(control, &request, &answer.built, &answer.error);
        control_close(control);
    }
    _exit(write(fd, &answer, sizeof(answer)) == (ssize_t)sizeof(answer) ? 0 : 1);
}

static bool is_known(domid_t domid)
{
    list_for_each(link, guests_all())
    {
        if (container_of(link, struct guest, link)->built.domid == domid)
            return true;
    }
    return false;
}

/* Its handle is the guest's uuid. */
static void destroy_half_built(const struct guest *guest)
{
    static struct xen_domctl_getdomaininfo domains[SYSCTL_DOMAINS_MAX];
    int count = sysctl_domains(guests_control(), 1, domains, SYSCTL_DOMAINS_MAX);

    for (int i = 0; i < count; i++) {
        if (!is_known(domains[i].domain) &&
            !memcmp(domains[i].handle, guest->handle, sizeof(domains[i].handle)))
            domctl_destroy(guests_control(), domains[i].domain);
    }
}

static void take_answer(void *context, uint32_t events)
{
    struct guest *guest = context;
    struct build_answer answer;
    ssize_t got = read(guest->child_fd.fd, &answer, sizeof(answer));

    (void)events;
    if (got < 0 && errno == EINTR)
        return;
    event_fd_stop(&guest->child_fd);
    close(guest->child_fd.fd);
    waitpid(guest->child_pid, NULL, 0);
    guest->child_pid = 0;
    if (got != (ssize_t)sizeof(answer)) {
        destroy_half_built(guest);
        error_set(&guest->error, ERROR_GUEST, "PV-E1104",
                  "the builder of the domain died; the kernel %s may be hostile",
                  guest->config.kernel);
        error_hint(&guest->error, "or the control domain has too little memory: see dmesg there");
        error_about(&guest->error, "domain/os/kernel");
    } else if (answer.result) {
        guest->error = answer.error;
    } else {
        guest->built = answer.built;
    }
    guest_built(guest);
}

int guest_build_start(struct guest *guest, struct error *error)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC))
        return error_set(error, ERROR_RESOURCES, "PV-E0713", "no pipe for the builder: %s",
                         strerror(errno));
    guest->child_pid = fork();
    if (guest->child_pid == 0)
        run_child(guest, ends[1]);
    close(ends[1]);
    guest->child_fd.handler = take_answer;
    guest->child_fd.context = guest;
    if (guest->child_pid < 0 ||
        event_fd_start(guest->pvd->loop, &guest->child_fd, ends[0], EPOLLIN)) {
        close(ends[0]);
        return error_set(error, ERROR_RESOURCES, "PV-E0714", "no process for the builder: %s",
                         strerror(errno));
    }
    return 0;
}
