/* SPDX-License-Identifier: MIT */
/*
 * Copies of disk images. A child process copies, as it may take minutes; it dies with its pipe, and
 * leaves nothing behind, when the client has enough or pvd ends.
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
#include "common/memory.h"
#include "device/image_clone.h"
#include "pvd/request.h"

/* What the child says: how far it is, and last how it went. Less than PIPE_BUF, so never in pieces. */
struct clone_report {
    bool is_last;
    bool is_shared;
    int result;
    uint64_t done, total;
    struct error error;
};

struct clone_job {
    struct request *request;
    struct event_fd fd;
    pid_t pid;
};

static void report_progress(void *context, uint64_t done, uint64_t total)
{
    struct clone_report report;

    memset(&report, 0, sizeof(report));
    report.done = done;
    report.total = total;
    if (write(*(const int *)context, &report, sizeof(report)) != (ssize_t)sizeof(report))
        _exit(1);
}

static void run_child(const char *source, const char *target, int fd)
{
    struct image_clone clone = {
        .source = source, .target = target, .progress = report_progress, .context = &fd
    };
    struct clone_report report;

    memset(&report, 0, sizeof(report));
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    report.is_last = true;
    report.result = image_clone(&clone, &report.error);
    report.is_shared = clone.is_shared;
    report.done = report.total = clone.bytes;
    _exit(write(fd, &report, sizeof(report)) == (ssize_t)sizeof(report) ? 0 : 1);
}

static struct request *job_end(struct clone_job *job)
{
    struct request *request = job->request;

    event_fd_stop(&job->fd);
    close(job->fd.fd);
    kill(job->pid, SIGKILL);
    waitpid(job->pid, NULL, 0);
    free(job);
    return request;
}

static void job_fail(struct clone_job *job, const struct error *error)
{
    request_fail(job_end(job), error);
}

static void take_report(void *context, uint32_t events)
{
    struct clone_job *job = context;
    struct clone_report report;
    ssize_t got = read(job->fd.fd, &report, sizeof(report));

    (void)events;
    if (got < 0 && errno == EINTR)
        return;
    if (got != (ssize_t)sizeof(report)) {
        error_set(&report.error, ERROR_FAILED, "PV-E0170", "what copied the image has died");
        job_fail(job, &report.error);
    } else if (!report.is_last) {
        request_event(job->request, json_pack("{s:I, s:I}", "done_bytes", (json_int_t)report.done,
                                              "total_bytes", (json_int_t)report.total));
    } else if (report.result) {
        job_fail(job, &report.error);
    } else {
        json_t *result = json_pack("{s:b, s:I}", "is_shared", report.is_shared, "size_bytes",
                                   (json_int_t)report.total);

        request_answer(job_end(job), result);
    }
}

static void cancel(struct request *request)
{
    struct error error;

    error_set(&error, ERROR_FAILED, "PV-E0150", "interrupted");
    job_fail(request->context, &error);
}

static int absolute(const struct request *request, const char *name, const char **path,
                    struct error *error)
{
    if (request_string(request, name, path, error))
        return -1;
    return **path == '/' ? 0
                         : error_set(error, ERROR_USAGE, "PV-E0260",
                                     "%.200s is no absolute path (%s)", *path, name);
}

static int start(struct request *request, const char *source, const char *target,
                 struct error *error)
{
    struct clone_job *job;
    int ends[2];
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC))
        return error_set(error, ERROR_RESOURCES, "PV-E0732", "no pipe to copy an image: %s",
                         strerror(errno));
    pid = fork();
    if (pid == 0) {
        close(ends[0]);
        run_child(source, target, ends[1]);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return error_set(error, ERROR_RESOURCES, "PV-E0733", "no process to copy an image: %s",
                         strerror(errno));
    }
    job = memory_alloc(sizeof(*job));
    *job = (struct clone_job){ .request = request, .pid = pid };
    job->fd.handler = take_report;
    job->fd.context = job;
    if (event_fd_start(request->pvd->loop, &job->fd, ends[0], EPOLLIN)) {
        job->fd.fd = ends[0];
        job_end(job);
        return error_set(error, ERROR_RESOURCES, "PV-E0732", "no pipe to copy an image: %s",
                         strerror(errno));
    }
    request->context = job;
    request->on_cancel = cancel;
    log_info("%s: becomes a clone of %s", target, source);
    return 0;
}

void request_image_clone(struct request *request)
{
    const char *source, *target;
    struct error error;

    if (absolute(request, "source", &source, &error) ||
        absolute(request, "target", &target, &error) || start(request, source, target, &error))
        request_fail(request, &error);
}
