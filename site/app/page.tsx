export default function Home() {
  return (
    <div className="page">
      <h1>Gradus</h1>
    </div>
  );
}
