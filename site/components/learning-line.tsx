"use client";

import { Rng } from "gradus";
import { useEffect, useMemo, useReducer, useRef, useState } from "react";
import { axisLabels, background, type Frame, scaleOf } from "@/figures/perceptron-boundary/draw";
import {
  allPenguins,
  allRight,
  isRight,
  type Point,
  type Rule,
  type State,
  start,
  step,
} from "@/figures/perceptron-boundary/logic";
import { paint, toReact } from "@/figures/perceptron-boundary/paint";
import { PauseIcon, ResetIcon, RunIcon } from "./icons";

const frame: Frame = { width: 640, height: 480 };

/** Lines that have much to learn, taken in turn. */
const beginnings: Rule[] = [
  { w1: 2, w2: 10, b: 5 },
  { w1: -7, w2: -8, b: 5 },
  { w1: 7, w2: 9, b: -4 },
  { w1: -8, w2: 3, b: 3 },
];

/** Milliseconds between two mistakes: slow enough to follow the line. */
const pace = 520;

interface Model {
  birds: readonly Point[];
  state: State;
  round: number;
}

function begin(round: number): Model {
  const birds = new Rng(round + 1).shuffle(allPenguins());
  return { birds, state: start(birds, beginnings[round % beginnings.length]), round };
}

/** Passes over birds that are right, up to and including the next mistake. */
function learn(state: State): State {
  let next = step(state);
  while (!next.last?.mistake && !allRight(next)) next = step(next);
  return next;
}

function reduce(model: Model, action: "learn" | "again"): Model {
  return action === "again" ? begin(model.round + 1) : { ...model, state: learn(model.state) };
}

/** The front page's picture: the library's own perceptron, learning 274 penguins as one looks on. */
export function LearningLine() {
  const [{ birds, state, round }, act] = useReducer(reduce, 0, begin);
  const [running, setRunning] = useState(false);
  const done = useMemo(() => allRight(state), [state]);
  const wrong = useMemo(
    () => birds.filter((bird) => !isRight(state.rule, bird)).length,
    [birds, state.rule],
  );
  const box = useRef<HTMLElement>(null);

  // It begins by itself, once, unless the reader's machine asks for stillness.
  useEffect(() => {
    if (!window.matchMedia("(prefers-reduced-motion: reduce)").matches) setRunning(true);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each mistake sets the clock for the next one.
  useEffect(() => {
    if (!running) return;
    if (done) return setRunning(false);
    const timer = setTimeout(() => act("learn"), pace);
    return () => clearTimeout(timer);
  }, [running, done, state]);

  const points = useMemo(() => cloud(birds), [birds]);
  return (
    <figure className="learning" ref={box} data-round={round}>
      <svg
        viewBox={`0 0 ${frame.width} ${frame.height}`}
        role="img"
        aria-label="274 penguins as points: flipper length to the right, bill depth upward. A line turns, mistake by mistake, until all Gentoos are on one side and all Adelies on the other."
      >
        {background({ ...state, last: null }, frame, paint, {
          plus: "Gentoo",
          minus: "Adelie",
        }).map(toReact)}
        {axisLabels(frame, paint, { x: "flipper length", y: "bill depth" }).map(toReact)}
        <path d={points.minus} fill={paint("minus")} fillOpacity={0.75} />
        <path d={points.plus} fill={paint("plus")} fillOpacity={0.75} />
      </svg>
      <figcaption>
        <span className="learning__numbers" data-wrong={wrong}>
          {done ? (
            <>
              <strong>All {birds.length} penguins are right,</strong> after {state.mistakes}{" "}
              mistakes.
            </>
          ) : (
            <>
              <strong>{wrong}</strong> of {birds.length} penguins on the wrong side,{" "}
              <strong>{state.mistakes}</strong> {state.mistakes === 1 ? "mistake" : "mistakes"} so
              far
            </>
          )}
        </span>
        <button
          type="button"
          className="button button--small"
          onClick={() => {
            if (done) act("again");
            setRunning(done || !running);
          }}
        >
          {done ? (
            <>
              <ResetIcon /> Again
            </>
          ) : running ? (
            <>
              <PauseIcon /> Pause
            </>
          ) : (
            <>
              <RunIcon /> Learn
            </>
          )}
        </button>
      </figcaption>
    </figure>
  );
}

/** All points of each class as one path: Gentoos square, Adelies round. */
function cloud(birds: readonly Point[]): { plus: string; minus: string } {
  const scale = scaleOf(frame);
  const paths = { plus: "", minus: "" };
  for (const { x, y, label } of birds) {
    const [px, py] = [scale.toX(x).toFixed(1), scale.toY(y).toFixed(1)];
    if (label > 0) paths.plus += `M${px} ${py}m-3.4-3.4h6.8v6.8h-6.8z`;
    else paths.minus += `M${px} ${py}m-3.8 0a3.8 3.8 0 1 0 7.6 0a3.8 3.8 0 1 0-7.6 0z`;
  }
  return paths;
}
