#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""pvctl as a program, built with the sanitizers, against files and a pvd that is none.

The cases are tables of text beside this file. pvctl_test.py PVCTL SOURCE-ROOT
"""

import glob
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import unittest

import fake_pvd
import json_schema

HERE = os.path.dirname(os.path.abspath(__file__))
PVCTL, ROOT = sys.argv[1:3]
SANITIZER_EXIT = 99
UUID = "039e9ee6-4a84-3055-4c81-8ba426ae2656"
CLASSES = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}

BASE = {
    "domain": "<domain type='xen'>",
    "name": "<name>guest</name>",
    "uuid": f"<uuid>{UUID}</uuid>",
    "memory": "<memory unit='MiB'>64</memory>",
    "vcpu": "<vcpu>1</vcpu>",
    "os": "<os><type>linux</type><kernel>/k</kernel></os>",
    "more": "<devices>",
    "device": "",
    "end": "</devices></domain>",
}


def elements(count):
    return "<domain type='xen'>" + "<a/>" * count + "</domain>"


def disk(name):
    return f"<disk type='file'><source file='/a'/><target dev='{name}'/></disk>"


def disk_name(index):
    letters = "abcdefghijklmnopqrstuvwxyz"
    return "xvd" + (letters[index // 26 - 1] if index >= 26 else "") + letters[index % 26]


def made_texts():
    bomb = "".join(f"<!ENTITY l{i} '{f'&l{i - 1};' * 10}'>" for i in range(1, 10))
    return {
        "@empty": b"",
        "@blank": b" \n ",
        "@random": bytes((i * 167 + 41) % 256 for i in range(4000)),
        "@latin1": b"<domain type='xen'><name>caf\xe9</name></domain>",
        "@dtd": b"<!DOCTYPE domain><domain type='xen'/>",
        "@external_entity": b"<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
                            b"<domain type='xen'><name>&x;</name></domain>",
        "@external_subset": b"<!DOCTYPE d SYSTEM 'http://localhost:9/x.dtd'><domain type='xen'/>",
        "@entity_bomb": f"<!DOCTYPE d [<!ENTITY l0 'lol'>{bomb}]>"
                        "<domain type='xen'><name>&l9;</name></domain>".encode(),
        "@deep": b"<a>" * 300 + b"</a>" * 300,
        "@many_elements": elements(4096).encode(),
        "@many_attributes": ("<domain type='xen'>" + "".join(
            "<a " + " ".join(f"a{i}=''" for i in range(100)) + "/>" for _ in range(50))
            + "</domain>").encode(),
        "@huge": ("<domain type='xen'>" + " " * (4 << 20) + "</domain>").encode(),
        "@line1200": b"x" * 1200,
        "@disks65": "".join(disk(disk_name(i)) for i in range(65)).encode(),
        "@disk_a": disk("xvda").encode(),
        "@nic_a": b"<interface type='bridge'><mac address='00:16:3e:00:00:01'/></interface>",
    }


def rows(name, columns):
    """The rows of a table beside this file, as lists of texts."""
    with open(os.path.join(HERE, name), encoding="ascii") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                cells = [cell.strip() for cell in line.rstrip("\n").split("|")]
                assert len(cells) == columns, line
                yield cells


def document(where, text):
    """The base document with one line replaced, as bytes."""
    data = text.encode()
    for name, made in made_texts().items():
        data = re.sub(re.escape(name).encode() + rb"(?![0-9a-z_])", lambda _: made, data)
    if where == "whole":
        return data
    lines = {name: line.encode() for name, line in BASE.items()}
    lines[where] = data + lines[where] if where == "more" else data
    return b"\n".join(lines.values())


def run(*arguments, config=None, stdin=b"", environment=None, binary=PVCTL):
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "ASAN_OPTIONS":
           f"exitcode={SANITIZER_EXIT}:detect_leaks=1", "UBSAN_OPTIONS": f"exitcode={SANITIZER_EXIT}"}
    if config:
        env["PVCTL_CONFIG"] = config
    env.update(environment or {})
    result = subprocess.run((binary, *arguments), input=stdin, capture_output=True, env=env,
                            timeout=60, check=False)
    assert result.returncode != SANITIZER_EXIT, result.stderr.decode(errors="replace")
    return result


class Case(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = self.temporary.name
        self.config = self.write("pvctl.conf", f"definitions = {self.folder}/definitions\n"
                                 f"socket = {self.folder}/pvd\n"
                                 f"pv_grub = {self.folder}/kernel\n")
        self.addCleanup(self.temporary.cleanup)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode())
        return self.path(name)

    def run_pvctl(self, *arguments, **more):
        return run(*arguments, config=self.config, **more)

    def json(self, *arguments, status=0):
        """The object that a command prints with --json, checked against the schema."""
        result = self.run_pvctl("--json", *arguments)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        printed = json.loads(result.stdout)
        check_schema(self, printed)
        return printed

    def write_files(self):
        """What {FOLDER} has in the tables."""
        kernel = self.write("kernel", b"\x7fELF\x02\x01\x01" + bytes(57))
        self.write("empty", b"")
        self.write("random", bytes((i * 131 + 7) % 256 for i in range(4096)))
        self.write("disk.img", bytes(4096))
        self.write("tiny.img", bytes(100))
        self.write("disk.xml", disk("xvdb").replace("/a", self.path("disk.img")))
        good = f"<os><kernel>{kernel}</kernel></os>"

        def guest(name, where="os", text=good, base=good):
            data = document(where, text)
            self.write(name, data.replace(BASE["os"].encode(), base.encode()))
        guest("guest.xml")
        guest("kernel-none.xml", "os", "<os><kernel>none</kernel></os>")
        guest("kernel-empty.xml", "os", "<os><kernel>empty</kernel></os>")
        guest("kernel-random.xml", "os", "<os><kernel>random</kernel></os>")
        guest("initrd-none.xml", "os", f"<os><kernel>{kernel}</kernel><initrd>/none</initrd></os>")
        guest("disk-none.xml", "device", disk("xvda").replace("/a", self.path("none")))
        guest("disk-tiny.xml", "device", disk("xvda").replace("/a", self.path("tiny.img")))
        guest("disk-folder.xml", "device", disk("xvda").replace("/a", self.folder))
        guest("bridge-none.xml", "device",
              "<interface type='bridge'><source bridge='no-such-br'/></interface>")
        guest("strict.xml", "device", "<graphics type='vnc'/>")
        guest("bad.xml", "os", "<os><type>hvm</type></os>")


SCHEMA_PATH = os.path.join(ROOT, "toolstack/pvctl/schema/pvctl.schema.json")


def check_schema(case, printed):
    with open(SCHEMA_PATH, encoding="ascii") as file:
        schema = json.load(file)
    case.assertIn(printed["schema"], schema["definitions"])
    problems = json_schema.find_problems(printed, schema["definitions"][printed["schema"]], schema)
    case.assertEqual(problems, [], printed)


class Documents(Case):
    def test_bad_ones_are_refused(self):
        count = 0
        for where, text, status, identity, line, says in rows("bad_documents.txt", 6):
            with self.subTest(where=where, text=text):
                path = self.write("d.xml", document(where, text))
                before = sorted(os.listdir(self.folder))
                result = self.run_pvctl("--json", "create", path)
                printed = json.loads(result.stdout)
                check_schema(self, printed)
                if status == "0":
                    self.assertEqual(printed["id"], "PV-E0380", printed)  # the kernel /k is missing
                    continue
                self.assertEqual(result.returncode, int(status), printed)
                self.assertEqual(printed["id"], identity, printed)
                self.assertIn(says, printed["message"])
                self.assertEqual(printed["file"], path)
                if line != "-":
                    self.assertEqual(printed["line"], int(line), printed)
                self.assertEqual(sorted(os.listdir(self.folder)), before)
                count += 1
        self.assertGreater(count, 100)

    def test_good_ones_are_taken(self):
        for where, text, key, value, warnings in rows("good_documents.txt", 5):
            with self.subTest(where=where, text=text):
                path = self.write("d.xml", document(where, text))
                result = self.run_pvctl("--json", "check", path)
                printed = json.loads(result.stdout)
                check_schema(self, printed)
                self.assertTrue(printed["result"]["document_accepted"], printed["result"])
                found = printed["result"]["config"]
                for part in key.split("."):
                    found = found[int(part)] if isinstance(found, list) else found.get(part)
                if value == '"@mac0"':
                    self.assertRegex(found, "^00:16:3e:[0-7]")
                else:
                    self.assertEqual(found, json.loads(value))
                self.count_warnings(path, int(warnings))

    def count_warnings(self, path, wanted):
        result = self.run_pvctl("create", path)
        lines = [line for line in result.stderr.decode().split("\n") if ": warning: " in line]
        self.assertEqual(len(lines), wanted, lines)
        for line in lines:
            self.assertRegex(line, rf"^pvctl: warning: {re.escape(path)}:\d+: domain[/:]")
        quiet = self.run_pvctl("-q", "create", path)
        self.assertNotIn(b"warning", quiet.stderr)

    def test_tolerated_ones_are_refused_if_strict(self):
        path = self.write("d.xml", document("device", "<input type='mouse'/>"))
        printed = self.json("create", "--strict", path, status=4)
        self.assertEqual(printed["id"], "PV-E0403")
        path = self.write("d.xml", document("device", "<memballoon modle='none'/>"))
        printed = self.json("create", "--strict", path, status=4)
        self.assertEqual(printed["id"], "PV-E0404")
        self.assertIn("memballoon@model", printed["hint"])

    def test_unknown_names_are_corrected(self):
        path = self.write("d.xml", document("device", "<dsik type='file'/>"))
        self.assertIn("domain/devices/disk", self.json("create", path, status=4)["hint"])

    def test_the_first_of_several_is_named_and_the_others_counted(self):
        path = self.write("d.xml", document("device", "<rng/><tpm/>\n<panic/>"))
        printed = self.json("create", path, status=4)
        self.assertIn("random number", printed["message"])
        self.assertIn("2 more", printed["message"])

    def test_a_random_uuid_and_a_stable_address(self):
        path = self.write("d.xml", document("uuid", "<title>t</title>").replace(
            b"</devices>", b"<interface type='bridge'/></devices>"))
        configs = [json.loads(self.run_pvctl("--json", "check", path).stdout)["result"]["config"]
                   for _ in range(2)]
        self.assertNotEqual(configs[0]["uuid"], configs[1]["uuid"])
        self.assertEqual(configs[0]["uuid"][14], "4")
        path = self.write("d.xml", document("device", "<interface type='bridge'/>"))
        macs = {json.loads(self.run_pvctl("--json", "check", path).stdout)
                ["result"]["config"]["nics"][0]["mac"] for _ in range(2)}
        self.assertEqual(len(macs), 1)

    def test_cards_of_one_domain_have_addresses_of_their_own(self):
        path = self.write("d.xml", document("device", "<interface type='bridge'/>" * 32))
        report = json.loads(self.run_pvctl("--json", "check", path).stdout)["result"]
        self.assertEqual(len({nic["mac"] for nic in report["config"]["nics"]}), 32)

    def test_a_relative_kernel_is_beside_the_document(self):
        self.write_files()
        path = self.write("d.xml", document("os", "<os><kernel>./kernel</kernel></os>"))
        printed = self.json("check", path)
        self.assertEqual(printed["result"]["config"]["kernel"], self.path("kernel"))
        self.assertTrue(any("not absolute" in e["text"] for e in printed["result"]["elements"]))

    def test_a_disk_that_boots_takes_pv_grub(self):
        self.write_files()
        path = self.write("d.xml", document("os", "<bootloader>/usr/bin/pygrub</bootloader>").replace(
            b"</devices>", disk("xvda").replace("/a", self.path("disk.img")).encode()
            + b"</devices>"))
        config = self.json("check", path)["result"]["config"]
        self.assertTrue(config["kernel_from_disk"])
        self.assertEqual(config["kernel"], self.path("kernel"))


class Samples(Case):
    """The documents of configs/, and those beside the tree if they are there."""

    EXPECTED = {  # document accepted, or the path that refuses it
        "libvirt-libxl-basic-pv.xml": None,
        "libvirt-sexpr-disk-block-shareable.xml": None,
        "libvirt-sexpr-net-routed.xml": None,
        "libvirt-sexpr-pci-devs.xml": "domain/devices/hostdev[1]",
        "libvirt-xl-paravirt-cmdline.xml": None,
        "libvirt-xl-paravirt-e820_host.xml": "domain/devices/disk/driver@type",
        "libvirt-xl-paravirt-maxvcpus.xml": "domain/devices/disk/driver@type",
        "virt-manager-xen-default.xml": "domain/devices/disk/driver@type",
    }

    def account(self, path):
        """Every start tag of the file has a finding with its line."""
        result = self.run_pvctl("--json", "check", path)
        report = json.loads(result.stdout)["result"]
        check_schema(self, json.loads(result.stdout))
        with open(path, encoding="ascii") as file:
            text = file.read()
        text = re.sub(r"<!--.*?-->", lambda match: re.sub(r"[^\n]", " ", match[0]), text, flags=re.S)
        tags = [(text.count("\n", 0, match.start()) + 1, match[1])
                for match in re.finditer(r"<([A-Za-z_]\w*)", text)]
        self.assertGreater(len(tags), 5)
        accounted = [(e["line"], re.sub(r"\[\d+\]$", "", e["path"].split("/")[-1]))
                     for e in report["elements"] if "@" not in e["path"].split("/")[-1]]
        for tag in tags:
            self.assertIn(tag, accounted)
        return report

    def test_samples_are_taken_or_refused(self):
        folder = os.path.join(ROOT, "..", "shared", "domain-xml-samples")
        paths = sorted(glob.glob(os.path.join(folder, "*.xml")))
        if not paths:
            self.skipTest("no samples beside the tree")
        self.assertEqual([os.path.basename(path) for path in paths], sorted(self.EXPECTED))
        for path in paths:
            with self.subTest(path=path):
                report = self.account(path)
                refused = self.EXPECTED[os.path.basename(path)]
                self.assertEqual(report["document_accepted"], refused is None)
                if refused:
                    self.assertEqual(report["error"]["path"], refused)
                    self.assertEqual(report["error"]["code"], 4)

    def test_our_configurations_are_taken(self):
        paths = sorted(glob.glob(os.path.join(ROOT, "configs", "*.xml")))
        self.assertGreaterEqual(len(paths), 3)
        for path in paths:
            with self.subTest(path=path):
                report = self.account(path)
                self.assertTrue(report["document_accepted"], report)
                self.assertEqual({e["class"] for e in report["elements"]}, {"used"})

    def test_the_schema_agrees(self):
        schema = os.environ.get("PARAPET_DOMAIN_RNG", "/usr/share/libvirt/schemas/domain.rng")
        if not os.path.exists(schema):
            self.skipTest("no domain.rng")
        for path in glob.glob(os.path.join(ROOT, "configs", "*.xml")):
            result = self.run_pvctl("check", "--schema", schema, path)
            self.assertNotIn(b"the schema has it otherwise", result.stderr)


class Definitions(Case):
    def test_what_is_defined_comes_back_the_same(self):
        self.write_files()
        more = ("<title>T &lt;1&gt;</title><metadata><a:b xmlns:a='urn:x'>m</a:b></metadata>"
                "<cputune><vcpupin vcpu='0' cpuset='1'/><shares>300</shares><quota>7000</quota>"
                "</cputune><cpu><feature policy='disable' name='avx'/></cpu>"
                "<clock offset='localtime'><timer name='tsc' mode='native'/></clock>"
                "<on_crash>preserve</on_crash>")
        devices = (disk("xvda").replace("<source", "<readonly/><shareable/><source") + disk("hdb") +
                   "<interface type='ethernet'><ip address='10.0.0.2' prefix='24'/>"
                   "<mtu size='1400'/></interface><interface type='network'>"
                   "<source network='default'/></interface><interface type='bridge'>"
                   "<source bridge='br7'/><bandwidth><outbound average='10'/></bandwidth>"
                   "</interface><memballoon model='none'/>"
                   "<controller type='xenbus' maxGrantFrames='9'/>")
        data = document("more", more).replace(b"</devices>", devices.encode() + b"</devices>")
        path = self.write("d.xml", data.replace(
            b"<kernel>/k</kernel>", b"<kernel>/k</kernel><cmdline> a  'b' &amp; </cmdline>"))
        report = json.loads(self.run_pvctl("--json", "check", path).stdout)["result"]
        self.assertTrue(report["document_accepted"], report.get("error"))
        wanted = report["config"]
        for nic in wanted["nics"]:
            nic["bridge"] = {"br7": "br7"}.get(nic["bridge"], "")
        self.json("define", path)
        printed = self.json("dumpxml", "--inactive", "guest")
        self.assertEqual(printed["result"]["config"], wanted)
        again = self.write("again.xml", printed["result"]["xml"])
        self.json("define", again)
        self.assertEqual(self.json("dumpxml", "--inactive", "guest"), printed)

    def test_life_of_a_definition(self):
        self.write_files()
        self.assertEqual(self.json("define", self.path("guest.xml"))["result"]["uuid"], UUID)
        self.assertEqual(self.run_pvctl("autostart", "guest").returncode, 0)
        self.assertEqual(self.json("autostart")["result"]["names"], ["guest"])
        self.assertEqual(self.run_pvctl("autostart", "guest", "--off").returncode, 0)
        self.assertEqual(self.json("autostart")["result"]["names"], [])
        self.run_pvctl("autostart", "guest")
        self.assertEqual(self.run_pvctl("undefine", "guest").returncode, 0)
        self.assertEqual(os.listdir(self.path("definitions")), ["autostart"])
        self.assertEqual(os.listdir(self.path("definitions/autostart")), [])

    def test_another_uuid_does_not_take_the_name(self):
        self.write_files()
        self.json("define", self.path("guest.xml"))
        other = self.write("other.xml", document("uuid", f"<uuid>{UUID[::-1]}</uuid>".replace(
            UUID[::-1], "11111111-4a84-3055-4c81-8ba426ae2656")))
        self.assertEqual(self.json("define", other, status=6)["id"], "PV-E0620")

    def edit(self, script):
        editor = self.write("editor", "#!/bin/sh\n" + script)
        os.chmod(editor, 0o755)
        return self.run_pvctl("edit", "guest", environment={"EDITOR": editor})

    def test_edit_takes_good_texts_only(self):
        self.write_files()
        self.json("define", self.path("guest.xml"))
        self.assertEqual(self.edit('sed -i s,65536,131072, "$1"').returncode, 0)
        config = self.json("dumpxml", "--inactive", "guest")["result"]["config"]
        self.assertEqual(config["max_memory_bytes"], 128 << 20)
        for script, status in (('echo broken > "$1"', 3), ("exit 1", 1),
                               ('sed -i s,guest,other, "$1"', 3)):
            result = self.edit(script)
            self.assertEqual(result.returncode, status, result.stderr)
            self.assertIn(b"is kept in", result.stderr)
            os.unlink(re.search(r"kept in (\S+);", result.stderr.decode())[1])
            self.assertEqual(self.json("dumpxml", "--inactive", "guest")["result"]["config"], config)


class Commands(Case):
    def test_bad_command_lines(self):
        self.write_files()
        for line, status, identity, says in rows("bad_commands.txt", 4):
            with self.subTest(line=line):
                words = shlex.split(line.replace("{FOLDER}", self.folder)
                                    .replace("{LONG}", "x" * 1200))
                result = self.run_pvctl(*words)
                self.assertEqual(result.returncode, int(status), result.stderr)
                self.assertIn(says, result.stderr.decode())
                if identity != "-":
                    printed = self.json(*words, status=int(status))
                    error = printed.get("result", {}).get("error", printed)  # of check, or alone
                    self.assertEqual(error["id"], identity)

    def test_each_command_asks_what_it_should(self):
        self.write_files()
        for line, request, arguments, says in rows("commands.txt", 4):
            with self.subTest(line=line):
                pvd = fake_pvd.FakePvd(self.folder)
                words = shlex.split(line.replace("{FOLDER}", self.folder))
                result = self.run_pvctl(*words)
                pvd.stop()
                os.unlink(pvd.path)
                self.assertEqual(result.returncode, 0, result.stderr)
                asked = dict(pvd.asked)
                self.assertIn(request, asked)
                if arguments != "*":
                    self.assertEqual(asked[request], json.loads(arguments))
                if says == "-":
                    self.assertEqual(result.stdout, b"")
                else:
                    self.assertIn(says.encode(), result.stdout)

    def test_json_of_each_command_fits_the_schema(self):
        self.write_files()
        for line, *_ in rows("commands.txt", 4):
            words = shlex.split(line.replace("{FOLDER}", self.folder))
            if words[0] in ("events", "console", "logs", "--json"):
                continue  # these print lines or bytes
            with self.subTest(line=line):
                pvd = fake_pvd.FakePvd(self.folder)
                printed = self.json(*words)
                pvd.stop()
                os.unlink(pvd.path)
                self.assertEqual(set(printed), {"schema", "result", "warnings"})

    def test_events_are_one_object_a_line(self):
        pvd = fake_pvd.FakePvd(self.folder)
        self.addCleanup(pvd.stop)
        result = self.run_pvctl("events", "--json")
        self.assertEqual(json.loads(result.stdout.decode().split("\n")[0])["event"], "created")

    def test_errors_of_pvd_keep_their_class(self):
        pvd = fake_pvd.FakePvd(self.folder)
        self.addCleanup(pvd.stop)
        for code in CLASSES:
            pvd.errors["destroy"] = {"id": "PV-E0999", "code": code, "message": "m", "hint": "h"}
            printed = self.json("destroy", "guest", status=code)
            self.assertEqual((printed["message"], printed["hint"]), ("m", "h"))
        pvd.errors["destroy"] = {"code": 77}
        self.assertEqual(self.run_pvctl("destroy", "guest").returncode, 1)

    def test_answers_that_are_none(self):
        pvd = fake_pvd.FakePvd(self.folder)
        self.addCleanup(pvd.stop)
        for garbage in (b"no json\n", b"[1]\n", b'{"id":1}\n', b"\n", b"\xff\xfe\n",
                        b"{" * 3000 + b"\n", b"x" * (2 << 20)):
            pvd.garbage["list"] = garbage
            self.assertEqual(self.run_pvctl("list").returncode, 9)

    def test_control_characters_of_guests_do_not_reach_the_terminal(self):
        pvd = fake_pvd.FakePvd(self.folder)
        self.addCleanup(pvd.stop)
        fake = dict(fake_pvd.DOMAIN, name="a\x1b[2Jb")
        before = fake_pvd.ANSWERS["list"]
        fake_pvd.ANSWERS["list"] = {"domains": [fake]}
        self.addCleanup(fake_pvd.ANSWERS.__setitem__, "list", before)
        self.assertNotIn(b"\x1b", self.run_pvctl("list").stdout)

    def test_list_shows_what_is_defined(self):
        self.write_files()
        self.json("define", self.path("guest.xml"))
        self.write("other.xml", document("name", "<name>other</name>"))
        other = self.write("o2.xml", document("name", "<name>other</name>").replace(
            UUID.encode(), b"11111111-4a84-3055-4c81-8ba426ae2656"))
        self.json("define", other)
        pvd = fake_pvd.FakePvd(self.folder)
        self.addCleanup(pvd.stop)
        names = [d["name"] for d in self.json("list", "--all")["result"]["domains"]]
        self.assertEqual(names, ["Domain-0", "guest", "other"])
        pvd.errors["dominfo"] = {"id": "PV-E0501", "code": 5, "message": "no", "hint": ""}
        self.assertEqual(self.run_pvctl("domstate", "other").stdout, b"shut off\n")
        self.assertEqual(self.run_pvctl("domstate", "third").returncode, 5)

    def test_the_console_sends_what_is_typed(self):
        pvd = fake_pvd.FakePvd(self.folder)
        self.addCleanup(pvd.stop)
        fake_pvd.EVENTS["console"].append({"data": "!no base64!"})
        self.addCleanup(fake_pvd.EVENTS["console"].pop)
        result = self.run_pvctl("console", "guest", stdin=b"ls\n")
        self.assertEqual(result.stdout, b"login: \xff")
        self.assertEqual(result.returncode, 0)

    def test_create_gives_the_whole_configuration(self):
        self.write_files()
        pvd = fake_pvd.FakePvd(self.folder)
        self.addCleanup(pvd.stop)
        self.json("create", self.path("guest.xml"), "--paused", "--append", "more")
        command, arguments = pvd.asked[-1]
        self.assertEqual(command, "create")
        self.assertTrue(arguments["paused"])
        self.assertEqual(arguments["config"]["cmdline"], "more")
        self.assertEqual(arguments["config"]["max_event_channels"], 1023)

    def test_create_by_name_takes_the_definition(self):
        self.write_files()
        self.json("define", self.path("guest.xml"))
        os.unlink(self.path("guest.xml"))
        pvd = fake_pvd.FakePvd(self.folder)
        self.addCleanup(pvd.stop)
        self.json("create", "guest")
        self.json("start", "guest")
        self.run_pvctl("autostart", "guest")
        self.json("autostart", "--start-all")
        self.assertEqual([command for command, _ in pvd.asked], ["create"] * 3)

    def test_stdio_relays(self):
        pvd = fake_pvd.FakePvd(self.folder)
        self.addCleanup(pvd.stop)
        child = subprocess.Popen((PVCTL, "--stdio"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 env=dict(os.environ, PVCTL_CONFIG=self.config))
        child.stdin.write(b'{"id":9,"command":"version","arguments":{}}\n')
        child.stdin.flush()
        self.assertEqual(json.loads(child.stdout.readline())["id"], 9)
        child.stdin.close()
        self.assertEqual(child.wait(60), 0)
        child.stdout.close()

    def test_ssh_carries_the_same_lines(self):
        pvd = fake_pvd.FakePvd(self.folder)
        self.addCleanup(pvd.stop)
        os.mkdir(self.path("bin"))
        ssh = self.write("bin/ssh", f'#!/bin/sh\necho "$*" > {self.folder}/args\n'
                         f"exec {PVCTL} --stdio\n")
        os.chmod(ssh, 0o755)
        path = self.path("bin") + ":" + os.environ["PATH"]
        result = self.run_pvctl("-c", "xen+ssh://root@other/system", "list",
                                environment={"PATH": path})
        self.assertIn(b"guest", result.stdout)
        with open(self.path("args"), encoding="ascii") as file:
            self.assertEqual(file.read(), "-T -- root@other pvctl --stdio\n")

    def test_interrupted(self):
        silent = fake_pvd.FakePvd(self.folder)
        self.addCleanup(silent.stop)
        silent.garbage["wait"] = b'{"id":1,"event":{}}\n'
        child = subprocess.Popen((PVCTL, "wait", "guest"), stderr=subprocess.DEVNULL,
                                 env=dict(os.environ, PVCTL_CONFIG=self.config))
        while not silent.asked:
            self.assertIsNone(child.poll())
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(60), 130)


class Help(Case):
    def names(self):
        text = self.run_pvctl("help").stdout.decode()
        return re.findall(r"^  ([a-z][a-z-]+) ", text, re.M)

    def test_every_command_has_an_example(self):
        names = self.names()
        self.assertGreater(len(names), 50)
        for name in names:
            text = self.run_pvctl(name, "--help").stdout.decode()
            self.assertRegex(text, rf"Example:\n  pvctl {name}\b")

    def test_every_error_is_explained(self):
        for row in self.json("explain")["result"]["errors"]:
            self.assertEqual(int(row["id"][4:6]), row["code"])
            self.assertGreater(len(row["text"]), 10)
        self.assertIn(b"PV-E0401", self.run_pvctl("explain", "0401").stdout)
        self.assertIn(b"raw", self.run_pvctl("explain", "devices/disk/driver@type").stdout)

    def complete(self, line):
        """What bash offers for the words of a line, by our script."""
        script = os.path.join(ROOT, "toolstack/pvctl/completion/pvctl")
        words = shlex.split(line) + ([""] if line.endswith(" ") else [])
        test = (f"PATH={shlex.quote(self.folder)}:$PATH; source {shlex.quote(script)}; "
                f"COMP_WORDS=({' '.join(map(shlex.quote, words))}); COMP_CWORD={len(words) - 1}; "
                "_pvctl; printf '%s\\n' \"${COMPREPLY[@]}\"")
        result = subprocess.run(("bash", "-c", test), capture_output=True, text=True, check=True,
                                env=dict(os.environ, PVCTL_CONFIG=self.config), cwd=self.folder)
        return result.stdout.split()

    def test_completion(self):
        os.symlink(PVCTL, self.path("pvctl"))
        self.write_files()
        self.json("define", self.path("guest.xml"))
        pvd = fake_pvd.FakePvd(self.folder)
        self.addCleanup(pvd.stop)
        self.assertEqual(self.complete("pvctl cre"), ["create"])
        self.assertIn("dumpxml", self.complete("pvctl "))
        self.assertNotIn("migrate", self.complete("pvctl "))
        self.assertEqual(self.complete("pvctl destroy g"), ["guest"])
        self.assertIn("Domain-0", self.complete("pvctl console "))
        self.assertEqual(self.complete("pvctl list --al"), ["--all"])
        self.assertEqual(self.complete("pvctl disk-detach guest x"), ["xvda"])
        self.assertEqual(self.complete("pvctl net-detach guest 0"), ["00:16:3e:00:00:01"])
        self.assertEqual(self.complete("pvctl start g"), ["guest"])
        self.assertIn("disk.img", self.complete("pvctl disk-attach guest d"))
        self.assertEqual(self.complete("pvctl nothing "), [])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
