export function SiteFooter() {
  return (
    <footer className="site-footer">
      <div className="site-footer__row">
        <span>Gradus. Code under MIT, text under CC BY 4.0; data under their own notices.</span>
        <span>Nothing leaves your machine unless you hand it in.</span>
      </div>
    </footer>
  );
}
