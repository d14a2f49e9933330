import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Architecture, seccompFilter, syscallNumbers, verdicts } from "./seccomp.ts";

const AUDIT = { x64: 0xc000003e, arm64: 0xc00000b7 };

/** Runs the filter as the kernel does: classic BPF over struct seccomp_data. */
function judge(
  architecture: Architecture,
  nr: number,
  args: bigint[] = [],
  arch = AUDIT[architecture],
): number {
  const program = seccompFilter(architecture);
  const data = Buffer.alloc(64);
  data.writeUInt32LE(nr >>> 0, 0);
  data.writeUInt32LE(arch, 4);
  for (const [i, arg] of args.entries()) data.writeBigUInt64LE(arg, 16 + 8 * i);
  let a = 0;
  for (let pc = 0; pc < program.length / 8; pc++) {
    const code = program.readUInt16LE(pc * 8);
    const k = program.readUInt32LE(pc * 8 + 4);
    const jump = (yes: boolean): void => {
      pc += program.readUInt8(pc * 8 + (yes ? 2 : 3));
    };
    if (code === 0x20) a = data.readUInt32LE(k);
    else if (code === 0x15) jump(a === k);
    else if (code === 0x35) jump(a >= k);
    else if (code === 0x45) jump((a & k) !== 0);
    else if (code === 0x06) return k;
    else throw new Error(`instruction ${code}`);
  }
  throw new Error("ran off the end");
}

describe.each([
  ["x64", 0],
  ["arm64", 1],
] as const)("the filter for %s", (architecture, column) => {
  const nr = (name: string): number => syscallNumbers[name][column]!;

  test("allows what is on the list, and nothing else", () => {
    const special = new Set(["clone", "clone3", "mmap", "prctl", "ioctl"].map(nr));
    const allowed = new Set(Object.values(syscallNumbers).map((pair) => pair[column]));
    for (let one = 0; one < 600; one++) {
      if (special.has(one)) continue;
      expect(judge(architecture, one), `call ${one}`).toBe(
        allowed.has(one) ? verdicts.allow : verdicts.eperm,
      );
    }
  });

  test("allows threads and no processes", () => {
    const thread = 0x3d0f00n;
    expect(judge(architecture, nr("clone"), [thread])).toBe(verdicts.allow);
    for (const flags of [17n, 0x1200011n, 0x4111n, 0x10000000n, 0x2000_0000_0001_1n & 0xfffen])
      expect(judge(architecture, nr("clone"), [flags])).toBe(verdicts.eperm);
    expect(judge(architecture, nr("clone3"))).toBe(verdicts.enosys);
  });

  test("allows memory of its own and none that is shared", () => {
    const map = (flags: bigint): number =>
      judge(architecture, nr("mmap"), [0n, 4096n, 3n, flags, 2n ** 64n - 1n]);
    expect(map(0x22n)).toBe(verdicts.allow);
    expect(map(0x4022n)).toBe(verdicts.allow);
    for (const flags of [0x01n, 0x21n, 0x03n, 0x8021n]) expect(map(flags)).toBe(verdicts.eperm);
  });

  test("lets prctl give names and do nothing else", () => {
    const prctl = (option: bigint): number => judge(architecture, nr("prctl"), [option]);
    expect([prctl(15n), prctl(0x53564d41n)]).toEqual([verdicts.allow, verdicts.allow]);
    for (const option of [0n, 1n, 4n, 22n, 38n, 47n]) expect(prctl(option)).toBe(verdicts.eperm);
  });

  test("asks pipes and terminals what Node asks, and sockets nothing", () => {
    const ioctl = (request: bigint): number => judge(architecture, nr("ioctl"), [0n, request]);
    for (const request of [0x5421n, 0x541bn, 0x5451n, 0x5450n, 0x5401n, 0x5413n])
      expect(ioctl(request)).toBe(verdicts.allow);
    // Interfaces and addresses of the network, typing into the terminal, pages of other files.
    for (const request of [0x8912n, 0x8915n, 0x8927n, 0x5412n, 0x541cn, 0x94_09n])
      expect(ioctl(request)).toBe(verdicts.eperm);
  });

  test("kills what comes in by another numbering", () => {
    for (const arch of [0, 0x40000003, architecture === "x64" ? AUDIT.arm64 : AUDIT.x64])
      expect(judge(architecture, nr("read"), [], arch)).toBe(verdicts.kill);
    expect(judge(architecture, 0x40000000 + nr("read"))).toBe(verdicts.kill);
    expect(judge(architecture, 0xffffffff)).toBe(verdicts.kill);
  });

  test("has nothing on its list that opens a way out", () => {
    for (const name of [
      "socket",
      "connect",
      "bind",
      "ptrace",
      "fork",
      "vfork",
      "kill",
      "mount",
      "unshare",
      "setns",
      "bpf",
      "memfd_create",
      "shmget",
      "io_uring_setup",
      "userfaultfd",
      "unlink",
      "rename",
      "chmod",
      "setuid",
      "process_vm_writev",
      "sendmsg",
      "recvmsg",
      "clock_settime",
      "keyctl",
      "ioperm",
    ])
      expect(syscallNumbers[name], name).toBeUndefined();
  });

  test("has the kernel's numbers, where its headers are at hand", () => {
    const [header, pattern] =
      architecture === "x64"
        ? ["/usr/include/x86_64-linux-gnu/asm/unistd_64.h", /#define __NR_(\w+) (\d+)/g]
        : ["/usr/include/asm-generic/unistd.h", /#define __NR(?:3264)?_(\w+) (\d+)/g];
    if (!existsSync(header as string)) return;
    const known = new Map(
      [...readFileSync(header as string, "utf8").matchAll(pattern as RegExp)].map(([, name, n]) => [
        name,
        Number(n),
      ]),
    );
    // The generic table names it otherwise: fstatat, for 32 and 64 bits.
    if (architecture === "arm64") known.set("newfstatat", known.get("fstatat")!);
    for (const [name, pair] of Object.entries(syscallNumbers))
      expect(pair[column], name).toBe(known.get(name) ?? null);
  });
});
