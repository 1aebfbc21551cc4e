/* SPDX-License-Identifier: MIT */
/*
 * Bridge and address by netlink, masquerading by nftables, DHCP and names by dnsmasq, which goes on
 * when this daemon ends and is found again by its pid file.
 */
#include "device/nat.h"

#include <errno.h>
#include <fcntl.h>
#include <nftables/libnftables.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/file.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/program.h"
#include "config/values.h"

#define RANGES_MAX     256
#define START_LIMIT_MS 30000u
#define AGAIN_MS       1000u
#define PID_BYTES      32u
#define CMDLINE_BYTES  4096u

static struct {
    struct event_loop *loop;
    unsigned users;
    enum nat_phase phase;
    struct net_range range;
    struct program *starting; /* dnsmasq, until it has become a daemon */
    struct event_fd server;   /* its pidfd, while .loop is set */
    bool is_stale;            /* the server belongs to a bridge that is gone */
    struct event_timer again;
    struct error error;
} nat;

static const char *server_program(void)
{
    static const char *const places[] = { "/usr/sbin/dnsmasq", "/usr/local/sbin/dnsmasq",
                                          "/sbin/dnsmasq" };

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (!access(places[i], X_OK))
            return places[i];
    }
    return NULL;
}

static int choose_range(struct net_range *range, struct error *error)
{
    struct net_range *used = memory_alloc_array(RANGES_MAX, sizeof(*used));
    int count = link_ranges(used, RANGES_MAX), result;

    if (count < 0)
        result = error_set(error, ERROR_FAILED, "PV-E0135", "the kernel does not tell its routes");
    else if ((result = nat_choose_range(used, count, range)))
        error_set(error, ERROR_RESOURCES, "PV-E0740",
                  "no network from 192.168.123.0/24 on is free for the network default");
    free(used);
    return result;
}

int nat_check(const char *addresses, struct error *error)
{
    struct net_range range;
    char address[16];

    if (!server_program()) {
        error_set(error, ERROR_UNSUPPORTED, "PV-E0443",
                  "the network default needs dnsmasq, which is not in the control domain");
        return error_hint(error, "apt-get install dnsmasq-base, or use a bridge");
    }
    return choose_range(&range, error) || nat_take_address(&range, addresses, address, error) ? -1
                                                                                              : 0;
}

/* ---- masquerading ---- */

static int run_nft(const char *text, struct error *error)
{
    struct nft_ctx *context = nft_ctx_new(NFT_CTX_DEFAULT);
    const char *said;
    int result = 0;

    if (!context)
        return error_set(error, ERROR_RESOURCES, "PV-E0741", "no memory for nftables");
    nft_ctx_buffer_error(context);
    nft_ctx_buffer_output(context);
    if (nft_run_cmd_from_buffer(context, text)) {
        said = nft_ctx_get_error_buffer(context);
        result = error_set(error, ERROR_FAILED, "PV-E0136",
                           "the kernel refuses to masquerade the network default: %.*s",
                           (int)strcspn(said, "\n"), said);
        error_hint(error, "are the modules nf_tables, nft_chain_nat, nft_masq and nft_ct there?");
    }
    nft_ctx_free(context);
    return result;
}

/* ---- the server ---- */

static void start_server(void);

static void fail(const struct error *error)
{
    nat.error = *error;
    nat.phase = NAT_FAILED;
    log_error("network default: %s", error->message);
}

static void server_ended(void *context, uint32_t events)
{
    (void)context;
    (void)events;
    event_fd_stop(&nat.server);
    close(nat.server.fd);
    if (!nat.users)
        return;
    if (!nat.is_stale)
        log_warning("network default: dnsmasq ended, and is started again");
    event_timer_start(nat.loop, &nat.again, nat.is_stale ? 0 : AGAIN_MS);
}

static void signal_server(int signal)
{
    if (nat.server.loop && syscall(SYS_pidfd_send_signal, nat.server.fd, signal, NULL, 0))
        log_debug("network default: dnsmasq takes no signal: %s", strerror(errno));
}

/* A process of that number that has our pid file on its command line. */
static bool is_server(int pid)
{
    char path[32], *words = memory_alloc(CMDLINE_BYTES + 1);
    bool is_ours;
    int fd;
    ssize_t bytes;

    snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    bytes = fd < 0 ? -1 : read(fd, words, CMDLINE_BYTES);
    if (fd >= 0)
        close(fd);
    for (ssize_t i = 0; i < bytes; i++)
        words[i] = words[i] ? words[i] : ' ';
    is_ours = bytes > 0 && strstr(words, "--pid-file=" NAT_PID_FILE) != NULL;
    free(words);
    return is_ours;
}

/* The server that runs, by its pid file: watched from now on. */
static bool find_server(void)
{
    struct error error;
    struct buffer file;
    int pid = 0, fd;

    if (access(NAT_PID_FILE, F_OK) || file_read(NAT_PID_FILE, PID_BYTES, &file, &error))
        return false;
    for (size_t i = 0; i < file.bytes && file.data[i] >= '0' && file.data[i] <= '9'; i++)
        pid = pid * 10 + (file.data[i] - '0');
    free(file.data);
    fd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
    if (fd < 0 || !is_server(pid)) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    nat.server.handler = server_ended;
    if (event_fd_start(nat.loop, &nat.server, fd, EPOLLIN)) {
        close(fd);
        return false;
    }
    return true;
}

static void server_started(void *context, const struct program_end *end)
{
    struct error error;

    (void)context;
    nat.starting = NULL;
    if (!end->status && find_server()) {
        if (nat.is_stale || !nat.users) {
            nat.is_stale = true;
            signal_server(SIGTERM);
        } else {
            nat.phase = NAT_UP;
        }
    } else if (nat.users && nat.is_stale) {
        event_timer_start(nat.loop, &nat.again, 0);
    } else if (nat.users) {
        error_set(&error, ERROR_FAILED, "PV-E0137", "dnsmasq for the network default %s: %s",
                  end->is_late ? "hangs" : "does not start", end->output);
        error_hint(&error, "another DHCP server may have its ports; see " NAT_FOLDER "/log");
        fail(&error);
    }
}

static void start_server(void)
{
    static const char *const environment[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C",
                                               NULL };
    const char *program = server_program();
    char *words[NAT_WORDS_MAX];
    struct error error;

    nat.is_stale = false;
    nat.phase = NAT_STARTING;
    nat_server_words(&nat.range, program ? program : "/usr/sbin/dnsmasq", words);
    nat.starting = program_start(nat.loop,
                                 &(struct program_plan){ (const char *const *)words, environment,
                                                         START_LIMIT_MS },
                                 server_started, NULL, &error);
    nat_words_free(words);
    if (!nat.starting)
        fail(&error);
}

static void start_again(void *context)
{
    (void)context;
    if (nat.users && !nat.starting && !nat.server.loop)
        start_server();
}

/* ---- up and down ---- */

static int make_folders(struct error *error)
{
    static const char *const folders[] = { NAT_FOLDER, NAT_HOSTS };

    for (size_t i = 0; i < 2; i++) {
        if (mkdir(folders[i], 0755) && errno != EEXIST)
            return error_set(error, ERROR_FAILED, "PV-E0110", "%s cannot be made: %s", folders[i],
                             strerror(errno));
    }
    return 0;
}

static int make_network(struct error *error)
{
    struct net_plan plan;
    char rules[NAT_RULE_BYTES];

    if (choose_range(&nat.range, error) || make_folders(error))
        return -1;
    nat_plan(&plan, &nat.range);
    nat_rules(&nat.range, rules);
    return net_plan_carry_out(&plan, error) || run_nft(rules, error) ? -1 : 0;
}

static void remove_network(void)
{
    struct error error;
    int result;

    if (run_nft("table ip pvnat\ndelete table ip pvnat\n", &error))
        log_warning("%s", error.message);
    if ((result = link_remove(NAT_BRIDGE)))
        log_warning("the bridge " NAT_BRIDGE " stays: %s", strerror(-result));
}

static void take_down(void)
{
    event_timer_stop(&nat.again);
    nat.is_stale = true;
    signal_server(SIGTERM);
    remove_network();
    nat.phase = NAT_DOWN;
    log_info("network default: gone");
}

int nat_begin(struct event_loop *loop, struct error *error)
{
    nat.loop = loop;
    nat.again.handler = start_again;
    if (nat.users && nat.phase != NAT_FAILED) {
        nat.users++;
        return 0;
    }
    if (make_network(error)) {
        if (!nat.users)
            remove_network();
        return -1;
    }
    nat.users++;
    nat.phase = NAT_STARTING;
    /* One of a network that was taken down a moment ago ends first; then server_ended() goes on. */
    if (nat.starting || nat.server.loop)
        return 0;
    if (find_server())
        nat.phase = NAT_UP;
    else
        start_server();
    log_info("network default: " NAT_BRIDGE " is there");
    return 0;
}

void nat_end(void)
{
    if (nat.users && !--nat.users)
        take_down();
}

enum nat_phase nat_phase(const struct error **error)
{
    *error = &nat.error;
    return nat.phase;
}

void nat_clean_up(struct event_loop *loop)
{
    nat.loop = loop;
    if (nat.users || (!find_server() && !link_index(NAT_BRIDGE)))
        return;
    log_warning("network default: left behind by another daemon");
    take_down();
}

/* ---- guests ---- */

static char *host_file(const uint8_t mac[MAC_BYTES])
{
    char text[MAC_TEXT_BYTES];

    mac_format(mac, text);
    return memory_format(NAT_HOSTS "/%s", text);
}

int nat_host_add(const uint8_t mac[MAC_BYTES], const char *addresses, const char *name,
                 struct error *error)
{
    char address[16], line[128], *path;
    int fd, result = 0;

    if (nat_take_address(&nat.range, addresses, address, error))
        return -1;
    nat_host_line(mac, address, name, line);
    if (!*line)
        return 0;
    path = host_file(mac);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 || file_write_all(fd, line, strlen(line)))
        result = error_set(error, ERROR_FAILED, "PV-E0101", "%s cannot be written: %s", path,
                           strerror(errno));
    if (fd >= 0)
        close(fd);
    free(path);
    return result;
}

void nat_host_remove(const uint8_t mac[MAC_BYTES])
{
    char *path = host_file(mac);

    /* dnsmasq sees new files by itself, but not that one has gone. */
    if (!unlink(path))
        signal_server(SIGHUP);
    free(path);
}
