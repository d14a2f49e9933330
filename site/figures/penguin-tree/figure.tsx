"use client";

import { type PointerEvent, useEffect, useId, useMemo, useReducer, useRef, useState } from "react";
import { PauseIcon, ResetIcon, RunIcon, StepIcon } from "@/components/icons";
import { toReact } from "../perceptron-boundary/paint";
import {
  askedGroup,
  bandScale,
  bandShapes,
  layoutOf,
  markShape,
  marksOf,
  type Paint,
  shown,
  treeShapes,
} from "./draw";
import {
  allBirds,
  cutsOf,
  fromHash,
  type Group,
  groupsOf,
  kinds,
  measurements,
  nearest,
  questionsOf,
  type State,
  start,
  strangers,
  toHash,
} from "./logic";
import "./figure.css";

const colors: Record<Parameters<Paint>[0], string> = {
  paper: "var(--paper)",
  ink: "var(--ink)",
  "ink-3": "var(--ink-3)",
  rule: "var(--rule)",
  cut: "var(--weight)",
  gain: "var(--ink)",
  "kind-0": "var(--data)",
  "kind-1": "var(--activation)",
  "kind-2": "var(--gradient)",
};
const paint: Paint = (name) => colors[name];

const birds = allBirds();
const questions = questionsOf(birds, 3);
const all = questions.length;

// Until the figure has measured its room.
const guess = 672;

interface Model {
  state: State;
  running: boolean;
  /** Changed by hand: only then does the state go into the address. */
  touched: boolean;
}

type Action =
  | { do: "next" | "back" | "run" | "pause" | "best" | "tick" }
  | { do: "ask"; asked: number }
  | { do: "cut"; cut: number }
  | { do: "load"; state: State };

function reduce(model: Model, action: Action): Model {
  const { state, running } = model;
  const at = (asked: number, more: Partial<Model> = {}): Model => ({
    ...model,
    running: false,
    touched: true,
    state: { asked: Math.min(all, Math.max(0, asked)), cut: null },
    ...more,
  });
  switch (action.do) {
    case "next":
      return at(state.asked + 1);
    case "back":
      return at(state.asked - 1);
    case "ask":
      return at(action.asked);
    case "run":
      return at(state.asked === all ? 0 : state.asked, { running: true });
    case "tick":
      return at(state.asked + 1, { running: running && state.asked + 1 < all });
    case "pause":
      return { ...model, running: false };
    case "best":
      return { ...model, touched: true, state: { ...state, cut: null } };
    case "cut":
      return { running: false, touched: true, state: { ...state, cut: action.cut } };
    case "load":
      return { state: action.state, running: false, touched: true };
  }
}

/** The penguins' tree, question by question; the last question's cut can be moved. */
export function PenguinTree({ alt }: { alt: string }) {
  const [{ state, running, touched }, dispatch] = useReducer(reduce, {
    state: start,
    running: false,
    touched: false,
  });
  const [width, setWidth] = useState(guess);
  const [moving, setMoving] = useState(false);
  const picture = useRef<HTMLDivElement>(null);
  const id = useId();

  const layout = useMemo(() => layoutOf(width, questions), [width]);
  const groups = useMemo(() => groupsOf(birds, questions, state), [state]);
  const marks = useMemo(() => marksOf(birds, groups, layout), [groups, layout]);
  const { group, feature } = askedGroup(groups, questions, state);
  const cuts = useMemo(() => cutsOf(birds, group.birds, feature), [group, feature]);
  const split = state.asked > 0 ? group.split : null;

  useEffect(() => {
    const load = (): void => {
      const carried = fromHash(window.location.hash, birds, questions);
      if (!carried) return;
      dispatch({ do: "load", state: carried });
      picture.current?.scrollIntoView({ block: "center" });
    };
    load();
    window.addEventListener("hashchange", load);
    return () => window.removeEventListener("hashchange", load);
  }, []);

  useEffect(() => {
    const box = picture.current;
    if (!box) return;
    const watcher = new ResizeObserver(([entry]) => {
      if (entry.contentRect.width > 0) setWidth(Math.round(entry.contentRect.width));
    });
    watcher.observe(box);
    return () => watcher.disconnect();
  }, []);

  const { asked } = state;
  useEffect(() => {
    if (!running) return;
    const timer = setTimeout(() => dispatch({ do: "tick" }), asked === 0 ? 600 : 2600);
    return () => clearTimeout(timer);
  }, [running, asked]);

  // What the reader made of the figure can be sent to somebody as an address.
  useEffect(() => {
    if (!touched || running) return;
    const timer = setTimeout(
      () => window.history.replaceState(window.history.state, "", toHash(state)),
      400,
    );
    return () => clearTimeout(timer);
  }, [touched, running, state]);

  const cutAt = (event: PointerEvent<SVGRectElement>): void => {
    const box = event.currentTarget.ownerSVGElement?.getBoundingClientRect();
    if (!box) return;
    const x = ((event.clientX - box.left) / box.width) * layout.width;
    dispatch({ do: "cut", cut: nearest(cuts, bandScale(birds, feature, layout).fromX(x)) });
  };

  return (
    <div className="tree" data-figure="penguin-tree" data-moving={moving || undefined}>
      <p className="tree__key">
        {kinds.map((name, kind) => (
          <span key={name}>
            <svg className="tree__mark" viewBox="-7 -7 14 14" aria-hidden="true" focusable="false">
              {toReact(markShape(kind, 13, paint), 0)}
            </svg>{" "}
            {name}
          </span>
        ))}
      </p>
      <div className="tree__picture" ref={picture}>
        <svg
          viewBox={`0 0 ${layout.width} ${layout.height}`}
          role="img"
          aria-label={alt}
          aria-describedby={`${id}says`}
        >
          {bandShapes(birds, split ? group : { ...group, split: null }, feature, layout, paint).map(
            toReact,
          )}
          {treeShapes(groups, split ? group.path : null, layout, paint).map(toReact)}
          {marks.map(({ bird, kind, x, y }) => (
            <g
              key={bird}
              className="tree__bird"
              style={{ transform: `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)` }}
            >
              {toReact(markShape(kind, layout.cell - 1, paint), 0)}
            </g>
          ))}
          {split && (
            <rect
              className="tree__band"
              x={0}
              y={0}
              width={layout.width}
              height={layout.band.bottom + 6}
              onPointerDown={(event) => {
                if (event.button !== 0) return;
                event.currentTarget.setPointerCapture(event.pointerId);
                setMoving(true);
                cutAt(event);
              }}
              onPointerMove={(event) => {
                if (event.currentTarget.hasPointerCapture(event.pointerId)) cutAt(event);
              }}
              onPointerUp={() => setMoving(false)}
              onPointerCancel={() => setMoving(false)}
            />
          )}
        </svg>
      </div>
      <p
        className="tree__says"
        id={`${id}says`}
        role="status"
        aria-live={running ? "off" : "polite"}
      >
        {sentence(state, group, feature, groups)}
      </p>
      <div className="tree__sliders">
        <label htmlFor={`${id}asked`}>Questions</label>
        <input
          id={`${id}asked`}
          type="range"
          min={0}
          max={all}
          step={1}
          value={asked}
          aria-valuetext={`${asked} of ${all} questions asked`}
          onChange={(event) => dispatch({ do: "ask", asked: Number(event.target.value) })}
        />
        <label htmlFor={`${id}cut`}>Cut</label>
        <input
          id={`${id}cut`}
          type="range"
          min={0}
          max={Math.max(0, cuts.length - 1)}
          step={1}
          disabled={!split}
          value={split ? cuts.indexOf(nearest(cuts, split.cut)) : 0}
          aria-valuetext={split ? shown(split.cut, feature) : "no question asked yet"}
          onChange={(event) => dispatch({ do: "cut", cut: cuts[Number(event.target.value)] })}
        />
      </div>
      <div className="buttons">
        <button
          type="button"
          className="button"
          aria-disabled={asked === 0}
          onClick={() => dispatch({ do: "back" })}
        >
          Back
        </button>
        <button
          type="button"
          className="button button--primary"
          aria-disabled={asked === all}
          onClick={() => dispatch({ do: "next" })}
        >
          <StepIcon /> Next question
        </button>
        {running ? (
          <button type="button" className="button" onClick={() => dispatch({ do: "pause" })}>
            <PauseIcon /> Pause
          </button>
        ) : (
          <button type="button" className="button" onClick={() => dispatch({ do: "run" })}>
            <RunIcon /> Play
          </button>
        )}
        <button
          type="button"
          className="button"
          aria-disabled={state.cut === null}
          onClick={() => dispatch({ do: "best" })}
        >
          <ResetIcon /> Best cut
        </button>
      </div>
      <p className="tree__help">
        The numbers above a group: how many of its birds are of its most frequent species. Move the
        cut with its slider, or drag it in the picture.
      </p>
    </div>
  );
}

/** What the figure shows, in words. */
function sentence(state: State, group: Group, feature: number, groups: readonly Group[]): string {
  const wrong = strangers(groups);
  const among = `${wrong} of ${birds.rows.length} birds now lie among others.`;
  if (state.asked === 0 || !group.split)
    return `All ${birds.rows.length} birds in one group, of three species; above, their ${measurements[feature].name}. Press Next question. ${among}`;
  const { cut, gain } = group.split;
  const size = (path: string): number =>
    groups.find((one) => one.path === `${group.path}${path}`)?.birds.length ?? 0;
  const best = questions[state.asked - 1][1];
  const compared =
    state.cut === null || Math.abs(gain - best.gain) < 1e-9
      ? ", the best there is."
      : `; the best cut, ${shown(best.cut, feature)}, gains ${best.gain.toFixed(3)}.`;
  return `Question ${state.asked} of ${all}, to ${group.birds.length} birds: is the ${measurements[feature].name} at most ${shown(cut, feature)}? Yes: ${size("L")}, no: ${size("R")}. It gains ${gain.toFixed(3)}${compared} ${among}`;
}
