/* SPDX-License-Identifier: MIT */
/*
 * What pvctl and pvd say to each other: JSON objects, one a line, over a unix socket.
 *
 *   request  {"id":1,"command":"create","arguments":{...}}
 *   answer   {"id":1,"result":{...}}
 *        or  {"id":1,"error":{"id":"PV-E0712","code":7,"message":"...","hint":"...",
 *                                     "path":"domain/os/kernel"}}
 *   stream   {"id":1,"event":{...}}    any number of times before the answer
 *   input    {"id":1,"input":"<base64>"}, {"id":1,"cancel":true}    from the client
 *
 * The id is the client's, a number above 0, unique among its requests under way. Bytes of a
 * console travel in {"event":{"data":"<base64>"}}. `code` is an enum error_class. The requests,
 * their arguments and results are in requests.def.
 *
 * From the machine around a testbed the same lines come by virtio-serial ports, each of which is
 * one client's at a time. A stream has no end there when its client dies, so the next client says
 * that it begins, by a line that ends what was there before; what comes before its answer is of
 * earlier clients:
 *
 *   begin    {"session":"RANDOM"}
 *   answer   {"session":"RANDOM"}, with "error":"..." if pvd does not answer in there
 *   lost     {"session":null}    the connection to pvd is lost
 *
 * {"session":"RANDOM","request":"poweroff"} begins no session, but the control domain's end.
 */
#ifndef PARAPET_TOOLSTACK_CONFIG_PROTOCOL_H
#define PARAPET_TOOLSTACK_CONFIG_PROTOCOL_H

/* Mode 0660, group pvctl; the one beside it answers only requests that change nothing. */
#define PVD_SOCKET_PATH           "/run/pvd/socket"
#define PVD_SOCKET_READ_ONLY_PATH "/run/pvd/socket-ro"

/* Ports are called org.parapet.pvd.0 and so on. */
#define PORT_NAME_PREFIX "org.parapet.pvd."
#define PORT_SESSION     "session"
#define PORT_REQUEST     "request"
#define PORT_POWER_OFF   "poweroff"
#define PORT_ERROR       "error"

#define PROTOCOL_LINE_BYTES_MAX (1UL << 20)

/* Definitions NAME.xml, and autostart/NAME.xml as links to them. */
#define DEFINITIONS_PATH "/etc/pvctl/domains"

enum request_access {
    REQUEST_READ,  /* changes nothing: answered on the read-only socket too */
    REQUEST_WRITE, /* changes a domain or the host */
};

enum request_id {
#define REQUEST(name, access, flow) REQUEST_ID_##name,
#include "config/requests.def"
#undef REQUEST
    REQUEST_COUNT,
};

#endif
