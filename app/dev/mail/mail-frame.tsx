/** Makes the links of a mail open in the page's own tab, as a click in a mail would. */
const BASE = '<base target="_top">'

/** The HTML of a mail as its reader sees it. It runs no scripts, whatever is in it. */
export function MailFrame({ title, html }: { title: string; html: string }) {
  return (
    <iframe
      title={title}
      srcDoc={html.replace('<head>', `<head>${BASE}`)}
      sandbox="allow-top-navigation-by-user-activation"
      className="block h-[44rem] w-full rounded-lg border border-line"
    />
  )
}

/** The text of a mail. */
export function MailText({ text }: { text: string }) {
  return <pre className="overflow-x-auto rounded-lg border border-line bg-canvas p-4 font-mono text-sm">{text}</pre>
}
