# SPDX-License-Identifier: MIT
"""A pvd that remembers what it was asked and answers from a table."""

import base64
import json
import os
import socket
import threading

DOMAIN = {"domid": 3, "name": "guest", "uuid": "039e9ee6-4a84-3055-4c81-8ba426ae2656",
          "state": "running", "reason": "", "vcpus": 1, "max_vcpus": 2, "memory_bytes": 64 << 20,
          "max_memory_bytes": 128 << 20, "cpu_time_ns": 1_540_000_000, "weight": 256, "cap": 0,
          "created": "2026-01-02T03:04:05Z"}
CONFIG = {"name": "guest", "uuid": DOMAIN["uuid"], "kernel": "/k", "memory_bytes": 64 << 20,
          "max_memory_bytes": 128 << 20,
          "disks": [{"target": "xvda", "kind": "file", "path": "/a.img"}]}

COUNTERS = {name: 7 for name in (
    "hypercalls", "traps", "system_calls", "emulated", "page_table_updates", "events_sent",
    "upcalls", "switches", "grant_maps", "grant_copies")}
NUMBERS = {"time_ns": 5, "counters": {"hypercall.sched_op": 7, "hypercall.mmu_update": 9, "interrupt": 3},
           "domains": [dict(
               DOMAIN, net_received_bytes=3 << 20, net_sent_bytes=0, disk_read_bytes=0,
               disk_written_bytes=0, counters=COUNTERS,
               vcpu_list=[{"vcpu": 0, "cpu": 1, "state": "running", "cpu_time_ns": 5,
                           "counters": COUNTERS}],
               disks=[{"target": "xvda", "reads": 1, "writes": 2, "read_bytes": 512,
                       "written_bytes": 1024}],
               nics=[{"index": 0, "received_bytes": 1, "sent_bytes": 2, "received_packets": 1,
                      "sent_packets": 1}])]}

ANSWERS = {
    "create": {"domid": 4, "name": "guest", "uuid": DOMAIN["uuid"]},
    "list": {"domains": [dict(DOMAIN, domid=0, name="Domain-0"), DOMAIN]},
    "info": {"version": "parapet 0.1", "cpu_model": "A CPU", "cpus": 2, "cores": 2, "sockets": 1,
             "cpu_khz": 2_000_000, "memory_bytes": 1 << 30, "free_memory_bytes": 1 << 29,
             "domains": 2, "uptime_ns": 12_300_000_000, "hypervisor_command_line": "loglvl=all"},
    "dominfo": dict(DOMAIN, kernel="/k", cmdline="ro", disks=1, nics=1, on_poweroff="destroy",
                    on_reboot="restart", on_crash="destroy", console_log="/var/log/guest"),
    "config": {"domid": 3, "config": CONFIG},
    "wait": {"state": "gone", "reason": "poweroff"},
    "dmesg": {"text": "(PAR) hello\n", "cleared": False},
    "dmesg_clear": {"text": "(PAR) hello\n", "cleared": True},
    "why": {"state": "crashed", "reason": "crash", "time": "2026-01-02T03:04:05Z",
            "lines": ["page fault at 0x0"], "advice": "look at the log"},
    "capabilities": {"abi": ["xen-3.0-x86_64"], "features": ["pv"], "limits": {"vcpus": 128},
                     "devices": ["disk", "network"]},
    "version": {"pvd": "0.1", "hypervisor": "parapet 0.1", "kernel": "Linux 6.1"},
    "stats": NUMBERS,
    "check": {"problems": []},
    "mitigations": {"vulnerabilities": [{"name": "meltdown", "state": "XPTI", "mitigated": True}],
                    "options": ["spec-ctrl=ssbd"], "emulated_cpu": False},
    "vcpu_list": {"vcpus": [{"domid": 3, "name": "guest", "vcpu": 0, "cpu": 1, "state": "running",
                             "cpu_time_ns": 1_500_000_000, "affinity": "all"}]},
    "sched": {"domid": 3, "name": "guest", "weight": 512, "cap": 0},
    "sched_get": {"domains": [{"domid": 3, "name": "guest", "weight": 256, "cap": 0}]},
    "memory_map": {"regions": [{"first_pfn": 0, "last_pfn": 16383, "use": "ram"}]},
    "disk_attach": {"target": "xvdb", "vdev": 51728},
    "disk_list": {"disks": [{"target": "xvda", "vdev": 51712, "kind": "file", "path": "/a.img",
                             "readonly": False, "cdrom": False, "state": "connected",
                             "size_bytes": 1 << 30}]},
    "net_attach": {"index": 1, "mac": "00:16:3e:00:00:01"},
    "net_list": {"nics": [{"index": 0, "mac": "00:16:3e:00:00:01", "kind": "bridge",
                           "bridge": "xenbr0", "interface": "vif3.0", "state": "connected"}]},
    "image_clone": {"is_shared": True, "size_bytes": 1073741824},
    "device_info": {"device": "xvda", "kind": "disk", "state": "connected",
                    "backend_path": "/local/domain/0/backend/vbd/3/51712",
                    "frontend_path": "/local/domain/3/device/vbd/51712",
                    "features": {"feature-persistent": "1", "multi-queue": 2}},
    "daemon_status": {"version": "0.1", "pid": 7, "started": "2026-01-02T03:04:05Z",
                      "uptime_ns": 1_000_000_000, "domains": 2, "connections": 1,
                      "store_nodes": 30, "store_bytes": 4096},
    "console": {}, "logs": {}, "events": {},
}

EVENTS = {
    "console": [{"data": base64.b64encode(b"login: \xff").decode()}],
    "logs": [{"data": base64.b64encode(b"first\n").decode()},
             {"data": base64.b64encode(b"second\n").decode()}],
    "events": [{"time": "2026-01-02T03:04:05Z", "event": "created", "domid": 3, "name": "guest",
                "detail": ""}],
    "wait": [{}],
}


class FakePvd:
    """Serves one folder's socket until stop()."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "pvd")
        self.asked = []
        self.inputs = []
        self.errors = {}    # command: error object
        self.garbage = {}   # command: bytes sent in place of an answer
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        try:
            self.read_lines(connection)
        except OSError:
            pass  # the client has gone

    def read_lines(self, connection):
        with connection, connection.makefile("rb") as lines:
            for line in lines:
                message = json.loads(line)
                if "command" in message:
                    self.answer(connection, message)
                elif "input" in message:
                    self.inputs.append(base64.b64decode(message["input"]))

    def answer(self, connection, request):
        command = request["command"]
        self.asked.append((command, request["arguments"]))
        if command in self.garbage:
            connection.sendall(self.garbage[command])
            return
        messages = [{"id": request["id"], "event": event} for event in EVENTS.get(command, ())]
        if command in self.errors:
            messages.append({"id": request["id"], "error": self.errors[command]})
        else:
            messages.append({"id": request["id"], "result": ANSWERS.get(command, {})})
        for message in messages:
            connection.sendall(json.dumps(message).encode() + b"\n")

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
