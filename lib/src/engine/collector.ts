/** The part of Node's interface that is used here; elsewhere there is none of it. */
interface Node {
  getBuiltinModule?(name: "node:v8"): { setFlagsFromString(flag: string): void };
  getBuiltinModule?(name: "node:vm"): {
    createContext(globals: object, options: object): object;
    runInContext(code: string, context: object): unknown;
    runInNewContext(code: string): unknown;
  };
}

/**
 * A function that collects garbage at once, so that afterward a WeakRef shows what nobody has any
 * more; undefined where there is none, as in browsers.
 */
export function garbageCollector(): (() => void) | undefined {
  const { process } = globalThis as { process?: Node };
  try {
    const v8 = process?.getBuiltinModule?.("node:v8");
    const vm = process?.getBuiltinModule?.("node:vm");
    if (!v8 || !vm) return undefined;
    // The flag gives new realms a gc(); this one stays without.
    v8.setFlagsFromString("--expose-gc");
    const collect = vm.runInNewContext("gc") as () => void;
    v8.setFlagsFromString("--no-expose-gc");
    // What a WeakRef has shown is kept until some queue of microtasks has been gone through: one of its own will do.
    const elsewhere = vm.createContext({}, { microtaskMode: "afterEvaluate" });
    return () => {
      vm.runInContext("Promise.resolve().then(() => 0)", elsewhere);
      collect();
    };
  } catch {
    return undefined;
  }
}
