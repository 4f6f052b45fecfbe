import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import GithubSlugger from 'github-slugger';
import { lexer, walkTokens, type Token } from 'marked';

const run = promisify(execFile);

/** What the checks of the guides look at in a page. */
export interface MarkdownPage {
  text: string;
  /** The anchors of its headings, as GitHub makes them. */
  anchors: string[];
  /** Where links and pictures lead, as it is written. */
  links: string[];
  /** Blocks of code with the language that they are marked with. */
  blocks: { language: string; code: string }[];
  /** The cells of every table's rows, as they are written. */
  rows: string[][];
  /** Everything that is marked as code, in blocks and within lines. */
  code: string[];
}

/** Every Markdown file of the repository, also a new one that is not committed yet. */
export async function markdownFiles(): Promise<string[]> {
  const { stdout } = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--', '*.md']);
  return stdout.trim().split('\n');
}

export async function readMarkdown(file: string): Promise<MarkdownPage> {
  const text = await readFile(file, 'utf8');
  const page: MarkdownPage = { text, anchors: [], links: [], blocks: [], rows: [], code: [] };
  const slugger = new GithubSlugger();
  const visit = (token: Token): void => {
    if (token.type === 'heading') page.anchors.push(slugger.slug(plain(String(token.text))));
    if (token.type === 'link' || token.type === 'image') page.links.push(String(token.href));
    if (token.type === 'codespan') page.code.push(String(token.text));
    if (token.type === 'table') page.rows.push(...(token.rows as { text: string }[][]).map((row) => row.map(cellText)));
    if (token.type !== 'code') return;
    page.blocks.push({ language: String(token.lang ?? ''), code: String(token.text) });
    page.code.push(String(token.text));
  };
  void walkTokens(lexer(text), visit);
  return page;
}

const plain = (heading: string): string => heading.replaceAll(/`|\*\*|\[([^\]]*)\]\([^)]*\)/g, '$1');
const cellText = ({ text }: { text: string }): string => text;

/** The shell blocks of a page, in order, each a script. */
export async function shellBlocks(file: string): Promise<string[]> {
  const { blocks } = await readMarkdown(file);
  return blocks.filter(({ language }) => language === 'sh').map(({ code }) => code);
}
