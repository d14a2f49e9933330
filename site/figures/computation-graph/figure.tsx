"use client";

import { type FormEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from "react";
import { PauseIcon, ResetIcon, RunIcon, StepIcon } from "@/components/icons";
import { toReact } from "../perceptron-boundary/paint";
import { drawing, type Paint, titleOf } from "./draw";
import { FormulaError, functions, type Graph } from "./formula";
import { place } from "./layout";
import {
  backwardOrder,
  type Computed,
  compute,
  fromHash,
  presets,
  range,
  type State,
  show,
  start,
  stepped,
  toHash,
  withNumber,
} from "./logic";
import "./figure.css";

const paint: Paint = (name) => `var(--${name})`;
const first = start(presets[0].formula, Object.entries(presets[0].numbers));

/** A formula that can be changed, drawn as a graph that computes its values forward and its slopes backward. */
export function ComputationGraph({ alt }: { alt: string }) {
  const [state, setState] = useState(first);
  const [draft, setDraft] = useState(first.formula);
  const [problem, setProblem] = useState<FormulaError | null>(null);
  const [running, setRunning] = useState(false);
  const [touched, setTouched] = useState(false);
  const [width, setWidth] = useState(640);
  const plane = useRef<HTMLDivElement>(null);
  const id = useId();

  const load = (next: State): void => {
    setState(next);
    setDraft(next.formula);
    setProblem(null);
    setRunning(false);
    setTouched(true);
  };

  useEffect(() => {
    const read = (): void => {
      const carried = fromHash(window.location.hash);
      if (!carried) return;
      setState(carried);
      setDraft(carried.formula);
      plane.current?.scrollIntoView({ block: "center" });
    };
    read();
    window.addEventListener("hashchange", read);
    return () => window.removeEventListener("hashchange", read);
  }, []);

  useEffect(() => {
    const element = plane.current;
    if (!element) return;
    const watcher = new ResizeObserver(([entry]) => {
      if (entry.contentRect.width > 0) setWidth(Math.round(entry.contentRect.width));
    });
    watcher.observe(element);
    return () => watcher.disconnect();
  }, []);

  const { graph, numbers, visited } = state;
  const done = visited === graph.length;
  useEffect(() => {
    if (!running) return;
    if (visited === graph.length) return setRunning(false);
    const timer = setTimeout(() => setState((now) => stepped(now, 1)), visited === 0 ? 200 : 1200);
    return () => clearTimeout(timer);
  }, [running, visited, graph]);

  // What the reader made of the figure can be sent to somebody as an address.
  useEffect(() => {
    if (!touched) return;
    const timer = setTimeout(
      () => window.history.replaceState(window.history.state, "", toHash(state)),
      400,
    );
    return () => clearTimeout(timer);
  }, [touched, state]);

  const computed = useMemo(() => compute(graph, numbers), [graph, numbers]);
  const layout = useMemo(() => place(graph, width), [graph, width]);

  const read = (event: FormEvent): void => {
    event.preventDefault();
    try {
      load(start(draft, numbers));
    } catch (error) {
      if (!(error instanceof FormulaError)) throw error;
      setProblem(error);
    }
  };

  return (
    <div className="graph" data-figure="computation-graph">
      <form className="graph__formula" onSubmit={read}>
        <label htmlFor={`${id}-formula`}>Formula</label>
        <input
          id={`${id}-formula`}
          value={draft}
          onChange={(event) => setDraft(event.target.value)}
          aria-invalid={problem !== null}
          aria-describedby={`${id}-problem`}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
        />
        <button type="submit" className="button">
          Draw
        </button>
      </form>
      <p className="graph__problem" id={`${id}-problem`} role="alert">
        {problem &&
          `${problem.message} (at character ${problem.at + 1}). The graph is the last one that could be read.`}
      </p>
      <div className="buttons">
        {presets.map(({ name, formula, numbers }) => (
          <button
            key={name}
            type="button"
            className="button button--small"
            aria-pressed={state.formula === formula}
            onClick={() => load(start(formula, Object.entries(numbers)))}
          >
            {formula}
            <span className="visually-hidden">: {name}</span>
          </button>
        ))}
      </div>
      <p className="graph__key">
        <span>Forward: the value</span>
        <span className="graph__slope">∂ backward: the slope of the result in it</span>
      </p>
      <div className="graph__plane" ref={plane}>
        <svg
          viewBox={`0 0 ${layout.width} ${layout.height}`}
          width={layout.width}
          height={layout.height}
          role="img"
          aria-label={`${alt} Now: ${spoken(state, computed)}`}
        >
          {drawing(state, computed, layout, paint).map(toReact)}
        </svg>
      </div>
      <p className="graph__says" role="status" aria-live={running ? "off" : "polite"}>
        {sentence(state, computed)}
      </p>
      <div className="buttons">
        <button
          type="button"
          className="button button--primary"
          aria-disabled={done}
          disabled={running}
          onClick={() => setState(stepped(state, 1))}
        >
          <StepIcon /> Step backward
        </button>
        <button
          type="button"
          className="button"
          aria-disabled={done && !running}
          onClick={() => setRunning(!running && !done)}
        >
          {running ? (
            <>
              <PauseIcon /> Pause
            </>
          ) : (
            <>
              <RunIcon /> All the way
            </>
          )}
        </button>
        <button
          type="button"
          className="button"
          aria-disabled={visited === 0}
          onClick={() => {
            setRunning(false);
            setState({ ...state, visited: 0 });
          }}
        >
          <ResetIcon /> Forget the slopes
        </button>
      </div>
      <fieldset className="graph__inputs">
        <legend>Inputs</legend>
        {[...numbers].map(([name, value]) => (
          <NumberInput
            key={name}
            name={name}
            value={value}
            slope={done ? computed.slopes[indexOf(graph, name)] : null}
            onChange={(next) => {
              setTouched(true);
              setState((now) => withNumber(now, name, next));
            }}
          />
        ))}
      </fieldset>
      <p className="graph__help">
        Write your own formula with + − · / ², brackets, names such as a or w1, and{" "}
        {functions.join(", ")}. A name that stands twice is one node, used twice.
      </p>
    </div>
  );
}

const indexOf = (graph: Graph, name: string): number =>
  graph.findIndex((node) => node.kind === "variable" && node.name === name);

interface NumberProps {
  name: string;
  value: number;
  slope: number | null;
  onChange(value: number): void;
}

/** A slider for large changes, a field for exact ones. */
function NumberInput({ name, value, slope, onChange }: NumberProps) {
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <div className="graph__input">
      <span className="graph__name">{name}</span>
      <input
        type="range"
        min={range.low}
        max={range.high}
        step={0.1}
        value={value}
        aria-label={`${name}, as a slider`}
        onChange={(event) => onChange(Number(event.target.value))}
      />
      <input
        type="number"
        min={range.low}
        max={range.high}
        step={0.1}
        value={typed ?? value}
        aria-label={`${name}, as a number`}
        onChange={(event) => {
          setTyped(event.target.value);
          const number = event.target.valueAsNumber;
          if (Number.isFinite(number)) onChange(number);
        }}
        onBlur={() => setTyped(null)}
      />
      <span className="graph__slope">{slope === null ? "" : `slope ${show(slope)}`}</span>
    </div>
  );
}

/** What the graph shows, in words, for those who do not see it. */
function spoken({ formula, graph, numbers, visited }: State, { values, slopes }: Computed): string {
  const given = [...numbers].map(([name, value]) => `${name} is ${show(value)}`).join(", ");
  const known = backwardOrder(graph)
    .slice(0, visited)
    .map((index) => `in node ${titleOf(graph[index])} ${show(slopes[index])}`);
  const result = `The formula ${formula} is ${show(values[values.length - 1])}, where ${given}.`;
  return known.length > 0
    ? `${result} Slopes so far: ${known.join(", ")}.`
    : `${result} No slopes yet.`;
}

/** What the last step did. */
function sentence({ graph, visited }: State, { values, slopes, local }: Computed): ReactNode {
  if (visited === 0)
    return `Forward is done: the result is ${show(values[values.length - 1])}. Step backward: the slope of the result in itself is 1.`;
  const index = backwardOrder(graph)[visited - 1];
  const node = graph[index];
  const end = visited === graph.length ? " Every node has its slope now." : "";
  const slope = show(slopes[index]);
  const uses = graph.reduce(
    (count, other) =>
      other.kind === "operation"
        ? count + other.inputs.filter((one) => one === index).length
        : count,
    0,
  );
  const added =
    uses > 1 ? ` It was used ${uses} times: its slope, ${slope}, is the sum of ${uses} parts.` : "";
  if (node.kind !== "operation")
    return `${node.kind === "variable" ? node.name : "This number"} has its slope: if it grows by a little, the result changes ${slope} times as much.${added}${end}`;
  const parts = node.inputs.map(
    (input, side) =>
      `to ${titleOf(graph[input])}: ${slope} × ${show(local[index][side])} = ${show(slopes[index] * local[index][side])}`,
  );
  return `${titleOf(node)}: the slope here is ${slope}. It passes on ${parts.join("; ")}.${added}${end}`;
}
