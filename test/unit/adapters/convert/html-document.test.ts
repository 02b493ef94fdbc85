import { expect, test } from 'vitest';
import { mayMove } from '../../../../shared/adapters/convert/page/html-document.ts';

test.each([
  ['scripts', '<p><script>draw()</script>'],
  ['handlers', '<body onload="draw()">'],
  ['frames', '<iframe src="/other"></iframe>'],
  ['frame sets', '<frameset><frame src="/other"></frameset>'],
  ['animations', '<style>p{animation:fade 1s}</style>'],
  ['animations of a picture', '<svg><animate attributeName="x" to="1" /></svg>'],
  ['settings of a picture', '<svg><set attributeName="x" to="1" /></svg>'],
  ['transitions', '<p style="TRANSITION:all 1s">'],
  ['fonts of its own', '<style>@font-face{font-family:X;src:url(data:font/ttf;base64,AAEAAA==)}</style>'],
  ['style sheets elsewhere', '<link rel=stylesheet href="https://example.com/a.css">'],
  ['imported style sheets', '<style>@import "https://example.com/a.css"</style>'],
  ['pictures that wait to be seen', '<img loading=lazy src="https://example.com/a.png">'],
  ['parts that wait to be seen', '<div style="content-visibility:auto">'],
  ['another page', '<meta http-equiv="refresh" content="0;url=/other">'],
])('a page with %s may move', (_, html) => {
  expect(mayMove(html)).toBe(true);
});

test.each([
  ['an invoice', '<style>td{border:1px solid}</style><table><tr><td>Widget<td>3.00</table>'],
  ['pictures', '<img src="https://example.com/a.png"><p style="background:url(https://example.com/b.png)">'],
  ['words', '<p>Lazybones refreshed the set, the frame and a link.'],
])('a page with %s only does not move', (_, html) => {
  expect(mayMove(html)).toBe(false);
});
