import Link from "next/link";
import type { ChapterCard } from "@/lib/chapters";
import { syllabus } from "@/lib/syllabus";
import { ChapterProgress } from "./chapter-progress";

/** All chapters in their parts: those that are here lead on, those that are planned say so. */
export function CourseMap({ cards, level = 2 }: { cards: ChapterCard[]; level?: 2 | 3 }) {
  const Heading = level === 2 ? "h2" : "h3";
  return (
    <div className="map">
      {syllabus.map((part) => (
        <section key={part.title} className="map__part">
          <Heading className="map__title">{part.title}</Heading>
          <ol className="map__list">
            {part.chapters.map(({ number, title, builds }) => {
              const card = cards.find((one) => one.number === number);
              return (
                <li
                  key={number}
                  className="map__chapter"
                  data-here={card ? "" : undefined}
                  value={number}
                >
                  <span className="map__number" aria-hidden="true">
                    {number}
                  </span>
                  <div>
                    <p className="map__name">
                      {card ? (
                        <Link href={`/course/${card.slug}`} prefetch={false}>
                          {card.title}
                        </Link>
                      ) : (
                        <>
                          {title} <span className="map__planned">planned</span>
                        </>
                      )}
                    </p>
                    <p className="map__builds">{card?.summary ?? builds}</p>
                    {card && (
                      <ChapterProgress
                        slug={card.slug}
                        minutes={card.minutes}
                        exercises={card.exercises}
                      />
                    )}
                  </div>
                </li>
              );
            })}
          </ol>
        </section>
      ))}
    </div>
  );
}
