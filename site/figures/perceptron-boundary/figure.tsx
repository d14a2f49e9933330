"use client";

import {
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  useEffect,
  useId,
  useReducer,
  useRef,
  useState,
} from "react";
import { PauseIcon, ResetIcon, RunIcon, StepIcon } from "@/components/icons";
import { axisLabels, background, type Frame, pointShape, scaleOf } from "./draw";
import {
  allRight,
  fromHash,
  isRight,
  type Label,
  mostPoints,
  type Point,
  type Preset,
  place,
  poor,
  presets,
  type State,
  separable,
  start,
  step,
  toHash,
  withPoints,
  zero,
} from "./logic";
import { paint, toReact } from "./paint";
import "./figure.css";

// Until the figure has measured its room: the same shape as in figure.css, so that nothing jumps.
const guess: Frame = { width: 672, height: 504 };

interface Names {
  /** What the two classes are called. */
  plus: string;
  minus: string;
  x: string;
  y: string;
}
const names: Record<Preset, Names> = {
  penguins: { plus: "Gentoo", minus: "Adelie", x: "flipper length", y: "bill depth" },
  xor: { plus: "Plus", minus: "Minus", x: "x₁", y: "x₂" },
};

interface Model {
  state: State;
  preset: Preset;
  running: boolean;
  selected: number | null;
  /** Changed by hand: only then does the state go into the address. */
  touched: boolean;
}

type Action =
  | { do: "step" | "resetWeights" | "flip" | "remove" | "pause" | "run" }
  | { do: "preset"; preset: Preset }
  | { do: "add"; label: Label; x?: number; y?: number }
  | { do: "move"; index: number; x: number; y: number }
  | { do: "select"; index: number | null }
  | { do: "load"; state: State };

const begin: Model = {
  state: start(presets.penguins(), poor),
  preset: "penguins",
  running: false,
  selected: null,
  touched: false,
};

function reduce(model: Model, action: Action): Model {
  const { state, selected } = model;
  const changed = (points: readonly Point[], more: Partial<Model> = {}): Model => ({
    ...model,
    touched: true,
    state: withPoints(state, points),
    ...more,
  });
  switch (action.do) {
    case "step": {
      const next = step(state);
      return { ...model, touched: true, state: next, running: model.running && !allRight(next) };
    }
    case "run":
      return { ...model, running: !allRight(state) };
    case "pause":
      return { ...model, running: false };
    case "resetWeights":
      return { ...model, touched: true, running: false, state: start(state.points, zero) };
    case "preset":
      return {
        ...begin,
        touched: true,
        preset: action.preset,
        state: start(presets[action.preset](), action.preset === "penguins" ? poor : zero),
      };
    case "select":
      return { ...model, selected: action.index };
    case "move":
      return changed(
        state.points.with(
          action.index,
          place(action.x, action.y, state.points[action.index].label),
        ),
      );
    case "add": {
      if (state.points.length >= mostPoints) return model;
      const point = place(action.x ?? 0, action.y ?? (action.label > 0 ? -0.2 : 0.2), action.label);
      return changed([...state.points, point], { selected: state.points.length });
    }
    case "flip": {
      if (selected === null) return model;
      const point = state.points[selected];
      return changed(state.points.with(selected, { ...point, label: point.label > 0 ? -1 : 1 }));
    }
    case "remove":
      if (selected === null || state.points.length < 2) return model;
      return changed(state.points.toSpliced(selected, 1), { selected: null });
    case "load":
      return { ...model, state: action.state, touched: true, running: false, selected: null };
  }
}

/** Points to drag, a boundary that learns from its mistakes: the perceptron rule in the hand. */
export function PerceptronBoundary({ alt }: { alt: string }) {
  const [{ state, preset, running, selected, touched }, dispatch] = useReducer(reduce, begin);
  const [frame, setFrame] = useState(guess);
  const plane = useRef<HTMLDivElement>(null);
  const helpId = useId();
  const words = names[preset];
  const possible = separable(state.points);
  const done = allRight(state);

  useEffect(() => {
    const load = (): void => {
      const carried = fromHash(window.location.hash);
      if (!carried) return;
      dispatch({ do: "load", state: carried });
      plane.current?.scrollIntoView({ block: "center" });
    };
    load();
    window.addEventListener("hashchange", load);
    return () => window.removeEventListener("hashchange", load);
  }, []);

  useEffect(() => {
    const box = plane.current;
    if (!box) return;
    const watcher = new ResizeObserver(([entry]) => {
      const { width, height } = entry.contentRect;
      if (width > 0) setFrame({ width: Math.round(width), height: Math.round(height) });
    });
    watcher.observe(box);
    return () => watcher.disconnect();
  }, []);

  // A mistake stays on view for a while; points on their right side go by quickly.
  const { last } = state;
  useEffect(() => {
    if (!running) return;
    const timer = setTimeout(() => dispatch({ do: "step" }), last?.mistake ? 900 : 140);
    return () => clearTimeout(timer);
  }, [running, last]);

  // What the reader made of the figure can be sent to somebody as an address.
  useEffect(() => {
    if (!touched || running) return;
    const timer = setTimeout(
      () => window.history.replaceState(window.history.state, "", toHash(state)),
      400,
    );
    return () => clearTimeout(timer);
  }, [touched, running, state]);

  const says = sentence(state, words, possible, done);
  const { rule } = state;
  const wrong = state.points.filter((point) => !isRight(rule, point)).length;
  return (
    <div className="boundary" data-figure="perceptron-boundary">
      <p className="boundary__key">
        <span>
          <Key label={1} /> {words.plus} (+1)
        </span>
        <span>
          <Key label={-1} /> {words.minus} (−1)
        </span>
        <span className="boundary__weights">
          <span aria-hidden="true">➝</span> weights <i>w</i>
        </span>
      </p>
      <div className="boundary__plane" ref={plane}>
        {/* biome-ignore lint/a11y/useSemanticElements: no other element groups the points of a drawing. */}
        <svg
          viewBox={`0 0 ${frame.width} ${frame.height}`}
          role="group"
          aria-label={alt}
          aria-describedby={helpId}
          onDoubleClick={(event) => {
            const spot = spotOf(event, frame);
            const label = selected === null ? 1 : state.points[selected].label;
            dispatch({ do: "add", label, ...spot });
          }}
        >
          {background(state, frame, paint).map(toReact)}
          {axisLabels(frame, paint, words).map(toReact)}
          {state.points.map((point, index) => (
            <PointHandle
              // biome-ignore lint/suspicious/noArrayIndexKey: a point is its place in the order of the rule.
              key={index}
              index={index}
              point={point}
              frame={frame}
              mark={last?.index !== index ? "none" : last.mistake ? "mistake" : "looked"}
              selected={selected === index}
              // One stop for the Tab key; from there Page Up and Page Down go from point to point.
              reachable={index === (selected ?? 0)}
              label={`${point.label > 0 ? words.plus : words.minus} ${index + 1} of ${state.points.length}, ${words.x} ${point.x}, ${words.y} ${point.y}, on the ${isRight(rule, point) ? "right" : "wrong"} side`}
              count={state.points.length}
              dispatch={dispatch}
            />
          ))}
        </svg>
      </div>
      <p className="boundary__says" role="status" aria-live={running ? "off" : "polite"}>
        {says}
      </p>
      <dl className="boundary__numbers">
        <div>
          <dt>
            <i>w</i>
          </dt>
          <dd className="boundary__weights">
            ({number(rule.w1)}, {number(rule.w2)})
          </dd>
        </div>
        <div>
          <dt>
            <i>b</i>
          </dt>
          <dd className="boundary__weights">{number(rule.b)}</dd>
        </div>
        <div>
          <dt>Looked at</dt>
          <dd>{state.steps}</dd>
        </div>
        <div>
          <dt>Mistakes</dt>
          <dd data-count="mistakes">{state.mistakes}</dd>
        </div>
        <div>
          <dt>On the wrong side</dt>
          <dd>
            {wrong} of {state.points.length}
          </dd>
        </div>
      </dl>
      <div className="boundary__controls">
        <div className="buttons">
          <button
            type="button"
            className="button button--primary"
            onClick={() => dispatch({ do: "step" })}
            disabled={running}
          >
            <StepIcon /> Step
          </button>
          {running ? (
            <button type="button" className="button" onClick={() => dispatch({ do: "pause" })}>
              <PauseIcon /> Pause
            </button>
          ) : (
            <button
              type="button"
              className="button"
              aria-disabled={done}
              onClick={() => dispatch({ do: "run" })}
            >
              <RunIcon /> Run
            </button>
          )}
          <button type="button" className="button" onClick={() => dispatch({ do: "resetWeights" })}>
            <ResetIcon /> Reset weights
          </button>
        </div>
        <div className="buttons">
          <button
            type="button"
            className="button button--small"
            onClick={() => dispatch({ do: "preset", preset: "penguins" })}
          >
            Penguins
          </button>
          <button
            type="button"
            className="button button--small"
            onClick={() => dispatch({ do: "preset", preset: "xor" })}
          >
            XOR
          </button>
          <button
            type="button"
            className="button button--small"
            onClick={() => dispatch({ do: "add", label: 1 })}
          >
            <Key label={1} /> Add {words.plus}
          </button>
          <button
            type="button"
            className="button button--small"
            onClick={() => dispatch({ do: "add", label: -1 })}
          >
            <Key label={-1} /> Add {words.minus}
          </button>
          <button
            type="button"
            className="button button--small"
            aria-disabled={selected === null}
            onClick={() => dispatch({ do: "flip" })}
          >
            Change class
          </button>
          <button
            type="button"
            className="button button--small"
            aria-disabled={selected === null || state.points.length < 2}
            onClick={() => dispatch({ do: "remove" })}
          >
            Remove
          </button>
        </div>
      </div>
      <p className="boundary__help" id={helpId}>
        Drag a point. By keyboard: <kbd>Tab</kbd> to a point, arrow keys move it (with{" "}
        <kbd>Shift</kbd> finely), <kbd>Page Up</kbd> and <kbd>Page Down</kbd> go to another one,{" "}
        <kbd>Space</kbd> changes its class, <kbd>Delete</kbd> removes it.
      </p>
    </div>
  );
}

interface HandleProps {
  index: number;
  point: Point;
  frame: Frame;
  mark: "none" | "looked" | "mistake";
  selected: boolean;
  reachable: boolean;
  label: string;
  count: number;
  dispatch: (action: Action) => void;
}

/** A point that can be taken by pointer, finger or keyboard. */
function PointHandle({
  index,
  point,
  frame,
  mark,
  selected,
  reachable,
  label,
  count,
  dispatch,
}: HandleProps) {
  const scale = scaleOf(frame);
  const [x, y] = [scale.toX(point.x), scale.toY(point.y)];
  // Where in the point the finger took hold, so that it does not jump there.
  const grip = useRef<{ x: number; y: number } | null>(null);

  const keys: Record<string, [number, number]> = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, 1],
    ArrowDown: [0, -1],
  };
  const press = (event: KeyboardEvent<SVGGElement>): void => {
    const direction = keys[event.key];
    const size = event.shiftKey ? 0.02 : 0.1;
    if (direction)
      dispatch({
        do: "move",
        index,
        x: point.x + size * direction[0],
        y: point.y + size * direction[1],
      });
    else if (event.key === " " || event.key === "Enter") dispatch({ do: "flip" });
    else if (event.key === "Delete" || event.key === "Backspace") {
      dispatch({ do: "remove" });
      siblings(event.currentTarget)[Math.max(0, index - 1)]?.focus();
    } else if (event.key === "PageDown")
      siblings(event.currentTarget)[(index + 1) % count]?.focus();
    else if (event.key === "PageUp")
      siblings(event.currentTarget)[(index + count - 1) % count]?.focus();
    else return;
    event.preventDefault();
  };

  const take = (event: PointerEvent<SVGGElement>): void => {
    if (event.button !== 0) return;
    const spot = spotOf(event, frame);
    grip.current = { x: point.x - spot.x, y: point.y - spot.y };
    event.currentTarget.setPointerCapture(event.pointerId);
    event.currentTarget.focus({ preventScroll: true });
    dispatch({ do: "select", index });
  };
  const drag = (event: PointerEvent<SVGGElement>): void => {
    if (!grip.current) return;
    const spot = spotOf(event, frame);
    dispatch({ do: "move", index, x: spot.x + grip.current.x, y: spot.y + grip.current.y });
  };
  const letGo = (): void => {
    grip.current = null;
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: SVG has no button element.
    <g
      className="boundary__point"
      role="button"
      tabIndex={reachable ? 0 : -1}
      aria-label={label}
      aria-roledescription="point"
      data-selected={selected || undefined}
      onFocus={() => dispatch({ do: "select", index })}
      onKeyDown={press}
      onPointerDown={take}
      onPointerMove={drag}
      onPointerUp={letGo}
      onPointerCancel={letGo}
      onDoubleClick={(event) => event.stopPropagation()}
    >
      {pointShape(point, frame, paint, mark).map(toReact)}
      <circle className="boundary__ring" cx={x} cy={y} r={11} />
      <circle className="boundary__hold" cx={x} cy={y} r={18} />
    </g>
  );
}

const siblings = (element: Element): SVGGElement[] => [
  ...(element.closest("svg")?.querySelectorAll<SVGGElement>(".boundary__point") ?? []),
];

/** Where on the plane an event happened. */
function spotOf(
  event: { currentTarget: Element; clientX: number; clientY: number },
  frame: Frame,
): { x: number; y: number } {
  const box = (event.currentTarget.closest("svg") ?? event.currentTarget).getBoundingClientRect();
  const scale = scaleOf(frame);
  return {
    x: scale.fromX(((event.clientX - box.left) / box.width) * frame.width),
    y: scale.fromY(((event.clientY - box.top) / box.height) * frame.height),
  };
}

/** What just happened, in words. */
function sentence(state: State, words: Names, possible: boolean, done: boolean): ReactNode {
  const { last, points, rule, mistakes } = state;
  const endless =
    !possible &&
    " No line can part these points: the dashed outlines of the two groups meet. The rule will go on forever.";
  if (last?.mistake) {
    const { x, y, label } = points[last.index];
    return (
      <>
        A mistake: this {label > 0 ? words.plus : words.minus} was on the wrong side. w ← w{" "}
        {label > 0 ? "+" : "−"} ({number(x)}, {number(y)}), b ← b {label > 0 ? "+" : "−"} 1.
        {done && ` Now all points are right, after ${count(mistakes, "mistake")}.`}
        {endless}
      </>
    );
  }
  if (done)
    return `All points are on their right side${mistakes > 0 ? `, after ${count(mistakes, "mistake")}` : ""}. The rule has nothing left to learn.`;
  if (last)
    return `Right: this ${points[last.index].label > 0 ? words.plus : words.minus} is on its side, so nothing changes.${endless || ""}`;
  if (!possible) return endless;
  if (rule.w1 === 0 && rule.w2 === 0)
    return "The weights are zero, so there is no boundary yet: the answer is the same everywhere.";
  return "Press Step: the perceptron looks at the next point, and learns if it was wrong.";
}

const count = (n: number, word: string): string => `${n} ${word}${n === 1 ? "" : "s"}`;
const number = (value: number): string =>
  value
    .toFixed(2)
    .replace(/\.?0+$/, "")
    .replace("-", "−");

function Key({ label }: { label: Label }) {
  return (
    <svg className="boundary__mark" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      {label > 0 ? (
        <rect x="2" y="2" width="12" height="12" fill={paint("plus")} />
      ) : (
        <circle cx="8" cy="8" r="6.5" fill={paint("minus")} />
      )}
    </svg>
  );
}
