/* SPDX-License-Identifier: MIT */
/*
 * The xenstore service: the tree, its watches, transactions and quotas, and the journal that lets
 * it start again where it ended. What the rest of pvd uses of it.
 *
 * Calls here act as domain 0. Those that can fail return 0 or a negative errno value (-ENOENT,
 * -EAGAIN ...). Paths are absolute. A change is in the tree when the call returns, and in the
 * journal at the end of the loop's turn, before any domain or client sees it; store_sync() is for
 * those who must say "done" earlier.
 *
 * The store knows no sockets, no event channels, no mapped pages: connections bring their bytes
 * (connection.h), and somebody calls store_turn().
 */
#ifndef PARAPET_TOOLSTACK_STORE_STORE_H
#define PARAPET_TOOLSTACK_STORE_STORE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

struct store;
struct store_transaction;
struct store_watch;

/* Who may do what with a node. The first entry of a list names the owner, who may do everything,
 * and what everybody else may do; further entries are for single domains. */
enum store_access {
    STORE_NONE = 0,
    STORE_READ = 1,
    STORE_WRITE = 2,
    STORE_BOTH = 3,
};

struct store_permission {
    uint16_t domid;
    enum store_access access;
};

/* A value read from the store: @bytes bytes, and a NUL behind them; free(data) ends it. */
struct store_value {
    char *data;
    size_t bytes;
};

/* Names of children: free with store_names_free(). */
struct store_names {
    char **names; /* sorted */
    size_t count;
};

/*
 * store_create - @folder is where the journal lives (made if missing), or NULL for a store without.
 * A journal that is there is read: nodes, watches of domains and their connections' states are
 * back, and the connections wait for store_domain_introduce().
 */
struct store *store_create(const char *folder, struct error *error);
void store_destroy(struct store *store);

/* --- Nodes. @transaction may be NULL. ---------------------------------------------------------- */

/* store_write - makes the node and missing parents; a new node has its parent's permissions. */
MUST_CHECK int store_write(struct store *store, struct store_transaction *transaction,
                           const char *path, const char *text);
MUST_CHECK int store_write_bytes(struct store *store, struct store_transaction *transaction,
                                 const char *path, const void *value, size_t bytes);
/* store_printf - writes "@folder/@name" (or @folder, if @name is NULL). */
MUST_CHECK int store_printf(struct store *store, struct store_transaction *transaction,
                            const char *folder, const char *name, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
MUST_CHECK int store_mkdir(struct store *store, struct store_transaction *transaction,
                           const char *path);
/* store_remove - with all below it. 0 if it was not there but its parent is; else -ENOENT. */
MUST_CHECK int store_remove(struct store *store, struct store_transaction *transaction,
                            const char *path);
MUST_CHECK int store_set_permissions(struct store *store, struct store_transaction *transaction,
                                     const char *path, const struct store_permission *list,
                                     size_t count);

MUST_CHECK int store_read(struct store *store, struct store_transaction *transaction,
                          const char *path, struct store_value *out);
/* store_read_string - the value as text, for free(); NULL if there is no such node. */
char *store_read_string(struct store *store, struct store_transaction *transaction,
                        const char *path);
/* store_read_number - -EINVAL if the value is no decimal number. */
MUST_CHECK int store_read_number(struct store *store, struct store_transaction *transaction,
                                 const char *path, uint64_t *out);
bool store_exists(struct store *store, struct store_transaction *transaction, const char *path);
MUST_CHECK int store_list(struct store *store, struct store_transaction *transaction,
                          const char *path, struct store_names *out);
void store_names_free(struct store_names *names);

/* --- Transactions. ----------------------------------------------------------------------------- */

/* A transaction sees the tree as it was at its start, and its own changes. One that starts and ends
 * within one handler of the loop cannot conflict. */
struct store_transaction *store_transaction_start(struct store *store);
/* store_transaction_end - it is gone afterwards. A commit returns -EAGAIN, and nothing of it is
 * done, if a node that it read or changed was changed by others since. */
int store_transaction_end(struct store_transaction *transaction, bool is_commit);

/* --- Watches. ---------------------------------------------------------------------------------- */

/* store_watch - calls back, from store_turn(), once soon and then whenever @path or a node below it
 * changes, with the path of what changed. "@introduceDomain" and "@releaseDomain" are paths too.
 * The callback may use the whole interface. */
struct store_watch *store_watch(struct store *store, const char *path, const char *token,
                                void (*callback)(void *context, const char *path,
                                                 const char *token),
                                void *context);
void store_unwatch(struct store_watch *watch);

/* --- Domains. ---------------------------------------------------------------------------------- */

struct store_connection;
struct store_transport;

/*
 * store_domain_introduce - the domain is served by its ring, which @transport (connection.h) moves
 * bytes through, and @introduceDomain fires. @port and @gref are kept in the journal, for whoever
 * attaches the domain again after a restart: then its connection goes on where it was, and nothing
 * fires. Life cycle code calls store_service_introduce() of pvd/store_service.h, which does all.
 */
struct store_connection *store_domain_introduce(struct store *store, uint16_t domid, uint32_t port,
                                                uint32_t gref,
                                                const struct store_transport *transport,
                                                void *context);
bool store_domain_is_introduced(const struct store *store, uint16_t domid);
/* store_domain_changed - fires @releaseDomain: the domain shut down, crashed or is dying. */
void store_domain_changed(struct store *store, uint16_t domid);
/*
 * store_domain_release - ends its connection (transport->end), watches and transactions, removes the
 * nodes that it owns and its entries in permissions of others (a later domain of that number
 * inherits nothing), and fires @releaseDomain. -ENOENT if it was not introduced.
 */
int store_domain_release(struct store *store, uint16_t domid);
/* store_domain_each - those introduced, in the order of their numbers; @visit may release it. */
void store_domain_each(struct store *store,
                       void (*visit)(void *context, uint16_t domid, uint32_t port, uint32_t gref),
                       void *context);

/* --- What it holds. ---------------------------------------------------------------------------- */

struct store_numbers {
    size_t connections;
    size_t nodes;
    size_t value_bytes; /* of all nodes */
    size_t watches;
    size_t transactions; /* open */
};

void store_numbers(struct store *store, struct store_numbers *numbers);

/* --- The frame that drives it. ----------------------------------------------------------------- */

/* store_on_work - @wake is called when there is something for store_turn() to do. */
void store_on_work(struct store *store, void (*wake)(void *context), void *context);
/* store_turn - serves each connection that has something for a bounded time, writes the journal,
 * then lets answers and events out. Calls @wake if there is more to do. */
void store_turn(struct store *store);
/* store_sync - all changes up to now are in the journal. */
void store_sync(struct store *store);

#endif
