import Link from "next/link";
import { CourseMap } from "@/components/course-map";
import { LearningLine } from "@/components/learning-line";
import { StartLink } from "@/components/start-link";
import { cardOf, chapters } from "@/lib/chapters";
import { syllabus } from "@/lib/syllabus";
import "./home.css";
import "./map.css";

export default function Home() {
  const cards = chapters().map(cardOf);
  const [first] = cards;
  const planned = syllabus.flatMap((part) => part.chapters).length;
  return (
    <div className="home">
      <section className="home__hero">
        <div className="home__words">
          <h1>Deep learning, one step at a time</h1>
          <p className="lead">
            Gradus is a textbook that runs: from the perceptron to the transformer, in TypeScript,
            with live cells, figures that you move, and exercises that are checked where they stand.
          </p>
          <div className="buttons">
            {first && <StartLink slug={first.slug} number={first.number} />}
            <Link className="button home__start" href="/course" prefetch={false}>
              See the course
            </Link>
          </div>
          <p className="home__promise">
            Nothing to install but Node. Nothing leaves your machine unless you hand it in.
          </p>
        </div>
        <div>
          <LearningLine />
          <p className="home__aside">
            The picture is no film. It is the <code>Perceptron</code> of the course’s own library,
            learning in your browser to tell two kinds of penguin apart. You will write it yourself
            in chapter 1.
          </p>
        </div>
      </section>

      <section className="home__verbs" aria-label="What you do with it">
        <div>
          <h2>Read it</h2>
          <p>
            One idea a section, code before formula where code is clearer, and every claim run in
            front of you.
          </p>
        </div>
        <div>
          <h2>Run it</h2>
          <p>
            Each cell computes in the page, on real data, on your own processor. No server does the
            work.
          </p>
        </div>
        <div>
          <h2>Break it</h2>
          <p>Change any line. Drag any point. You are asked to predict first, and then you see.</p>
        </div>
        <div>
          <h2>Build it</h2>
          <p>
            The exercises make the library, part by part. A wrong answer is told what kind of
            mistake it usually is.
          </p>
        </div>
      </section>

      <section className="home__section">
        <h2>One text, three faces</h2>
        <div className="home__faces">
          <div>
            <h3>This site</h3>
            <p>
              Cells, figures and exercises live in the text. An account is needed only to hand in;
              what you write stays in your browser until then.
            </p>
          </div>
          <div>
            <h3>JupyterLab</h3>
            <p>
              The same chapters as notebooks, with the same cells, run by a real TypeScript kernel.
            </p>
            <pre className="home__command">
              <code>npm start</code>
            </pre>
          </div>
          <div>
            <h3>The terminal</h3>
            <p>
              Check and hand in from your own editor. Hand-ins are graded in a sandbox, hidden
              checks and all.
            </p>
            <pre className="home__command">
              <code>gradus check perceptron-update.ts</code>
            </pre>
          </div>
        </div>
      </section>

      <section className="home__section">
        <h2>What there is, and what is planned</h2>
        <p className="home__state">
          {cards.length === 1 ? "Chapter 1 is here" : `${cards.length} chapters are here`}, whole:
          text, notebook, exercises, grading. The course is planned in {planned} chapters; the
          others are being written in this order.
        </p>
        <CourseMap cards={cards} level={3} />
      </section>

      <section className="home__section">
        <h2>For those who teach</h2>
        <p className="home__state">
          The same installation serves a class: learners hand in, the sandbox grades, and the
          gradebook shows who stands where, with the code and the outcome of every check, and
          exports it.{" "}
          <Link href="/instructor" prefetch={false}>
            Open the gradebook
          </Link>
          .
        </p>
      </section>
    </div>
  );
}
