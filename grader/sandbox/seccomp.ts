/**
 * The system calls that the sandboxed program may make, as a filter that the kernel runs: classic
 * BPF, eight bytes an instruction. An allow list; whatever is not on it fails with EPERM. What is
 * not there at all: sockets, new processes, signals to others, anything that changes files.
 */

/** Processors for which there is a filter, by Node's name. */
export type Architecture = "x64" | "arm64";

/** Numbers from the kernel's unistd headers: [x86-64, arm64]; null where the call does not exist. */
const allowed: Record<string, readonly [number | null, number | null]> = {
  // reading what is bound into the sandbox, and the pipes it was given
  read: [0, 63],
  write: [1, 64],
  readv: [19, 65],
  writev: [20, 66],
  pread64: [17, 67],
  close: [3, 57],
  lseek: [8, 62],
  fstat: [5, 80],
  stat: [4, null],
  lstat: [6, null],
  newfstatat: [262, 79],
  statx: [332, 291],
  access: [21, null],
  faccessat: [269, 48],
  faccessat2: [439, 439],
  open: [2, null],
  openat: [257, 56],
  readlink: [89, null],
  readlinkat: [267, 78],
  getdents64: [217, 61],
  getcwd: [79, 17],
  fcntl: [72, 25],
  dup: [32, 23],
  dup2: [33, null],
  dup3: [292, 24],
  pipe2: [293, 59],
  shutdown: [48, 210],
  getsockname: [51, 204],
  getsockopt: [55, 209],
  // waiting
  poll: [7, null],
  ppoll: [271, 73],
  select: [23, null],
  pselect6: [270, 72],
  epoll_create1: [291, 20],
  epoll_ctl: [233, 21],
  epoll_wait: [232, null],
  epoll_pwait: [281, 22],
  eventfd2: [290, 19],
  nanosleep: [35, 101],
  clock_nanosleep: [230, 115],
  // memory, within RLIMIT_DATA
  mprotect: [10, 226],
  munmap: [11, 215],
  mremap: [25, 216],
  madvise: [28, 233],
  mincore: [27, 232],
  brk: [12, 214],
  membarrier: [324, 283],
  // threads of its own
  futex: [202, 98],
  set_robust_list: [273, 99],
  get_robust_list: [274, 100],
  rseq: [334, 293],
  set_tid_address: [218, 96],
  sched_yield: [24, 124],
  sched_getaffinity: [204, 123],
  sched_getparam: [143, 121],
  sched_getscheduler: [145, 120],
  sched_get_priority_max: [146, 125],
  sched_get_priority_min: [147, 126],
  rt_sigaction: [13, 134],
  rt_sigprocmask: [14, 135],
  rt_sigreturn: [15, 139],
  sigaltstack: [131, 132],
  // only within its own process group of threads: the namespace holds no other; abort() needs it
  tgkill: [234, 131],
  // clocks, and who and where it is
  clock_gettime: [228, 113],
  clock_getres: [229, 114],
  gettimeofday: [96, 169],
  time: [201, null],
  times: [100, 153],
  getrusage: [98, 165],
  getpid: [39, 172],
  getppid: [110, 173],
  gettid: [186, 178],
  getuid: [102, 174],
  geteuid: [107, 175],
  getgid: [104, 176],
  getegid: [108, 177],
  getgroups: [115, 158],
  getpriority: [140, 141],
  getrandom: [318, 278],
  uname: [63, 160],
  sysinfo: [99, 179],
  capget: [125, 90],
  getrlimit: [97, 163],
  prlimit64: [302, 261],
  arch_prctl: [158, null],
  // bubblewrap starts Node with it, under the filter already; there is nothing else to start
  execve: [59, 221],
  // and waits for it, as the first process of the namespace
  wait4: [61, 260],
  restart_syscall: [219, 128],
  exit: [60, 93],
  exit_group: [231, 94],
};

const special = {
  clone: [56, 220],
  clone3: [435, 435],
  mmap: [9, 222],
  prctl: [157, 167],
  ioctl: [16, 29],
} as const;

const AUDIT_ARCH: Record<Architecture, number> = { x64: 0xc000003e, arm64: 0xc00000b7 };

// Offsets into struct seccomp_data; the lower half of an argument, on little-endian machines.
const NR = 0;
const ARCH = 4;
const argument = (index: number): number => 16 + 8 * index;

const LOAD = 0x20; // BPF_LD | BPF_W | BPF_ABS
const EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const AT_LEAST = 0x35; // BPF_JMP | BPF_JGE | BPF_K
const HAS_BITS = 0x45; // BPF_JMP | BPF_JSET | BPF_K
const RETURN = 0x06; // BPF_RET | BPF_K

/** What the filter answers; see seccomp(2). */
export const verdicts = {
  allow: 0x7fff0000,
  kill: 0x80000000,
  eperm: 0x00050000 | 1,
  enosys: 0x00050000 | 38,
} as const;

const CLONE_THREAD = 0x00010000;
const MAP_SHARED = 0x01;
const X32 = 0x40000000;
const PR_SET_NAME = 15;
const PR_SET_VMA = 0x53564d41;
/**
 * What Node asks of pipes and terminals: FIONBIO, FIONREAD, FIOCLEX, FIONCLEX, TCGETS, TIOCGWINSZ.
 * Its standard streams are sockets made outside, which would tell by others about the network there.
 */
const IOCTLS = [0x5421, 0x541b, 0x5451, 0x5450, 0x5401, 0x5413];

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, k: number];

/**
 * The filter for one processor, as bubblewrap's `--seccomp` reads it: an array of struct
 * sock_filter.
 */
export function seccompFilter(architecture: Architecture): Buffer {
  const column = architecture === "x64" ? 0 : 1;
  const number = (name: keyof typeof special): number => special[name][column];
  const program: Instruction[] = [
    [LOAD, 0, 0, ARCH],
    [EQUAL, 1, 0, AUDIT_ARCH[architecture]],
    [RETURN, 0, 0, verdicts.kill],
    [LOAD, 0, 0, NR],
    // The x32 calls are the same ones by other numbers.
    [AT_LEAST, 0, 1, X32],
    [RETURN, 0, 0, verdicts.kill],
    // Its flags lie in memory, where a filter cannot look; glibc then tries clone.
    [EQUAL, 0, 1, number("clone3")],
    [RETURN, 0, 0, verdicts.enosys],
    // A thread, yes; a process, no.
    [EQUAL, 0, 4, number("clone")],
    [LOAD, 0, 0, argument(0)],
    [HAS_BITS, 0, 1, CLONE_THREAD],
    [RETURN, 0, 0, verdicts.allow],
    [RETURN, 0, 0, verdicts.eperm],
    // Shared memory is not counted by RLIMIT_DATA. (MAP_SHARED_VALIDATE has this bit too.)
    [EQUAL, 0, 4, number("mmap")],
    [LOAD, 0, 0, argument(3)],
    [HAS_BITS, 0, 1, MAP_SHARED],
    [RETURN, 0, 0, verdicts.eperm],
    [RETURN, 0, 0, verdicts.allow],
    // Naming threads and memory is all that is needed.
    [EQUAL, 0, 5, number("prctl")],
    [LOAD, 0, 0, argument(0)],
    [EQUAL, 1, 0, PR_SET_NAME],
    [EQUAL, 0, 1, PR_SET_VMA],
    [RETURN, 0, 0, verdicts.allow],
    [RETURN, 0, 0, verdicts.eperm],
    [EQUAL, 0, IOCTLS.length + 3, number("ioctl")],
    [LOAD, 0, 0, argument(1)],
    ...IOCTLS.map((request, i): Instruction => [EQUAL, IOCTLS.length - i, 0, request]),
    [RETURN, 0, 0, verdicts.eperm],
    [RETURN, 0, 0, verdicts.allow],
  ];
  const numbers = Object.values(allowed)
    .map((pair) => pair[column])
    .filter((one) => one !== null);
  numbers.forEach((one, i) => {
    program.push([EQUAL, numbers.length - i, 0, one]);
  });
  program.push([RETURN, 0, 0, verdicts.eperm], [RETURN, 0, 0, verdicts.allow]);
  const bytes = Buffer.alloc(program.length * 8);
  program.forEach(([code, ifTrue, ifFalse, k], i) => {
    bytes.writeUInt16LE(code, i * 8);
    bytes.writeUInt8(ifTrue, i * 8 + 2);
    bytes.writeUInt8(ifFalse, i * 8 + 3);
    bytes.writeUInt32LE(k >>> 0, i * 8 + 4);
  });
  return bytes;
}

/** The table above, for tests. */
export const syscallNumbers = { ...allowed, ...special } as Readonly<
  Record<string, readonly [number | null, number | null]>
>;
