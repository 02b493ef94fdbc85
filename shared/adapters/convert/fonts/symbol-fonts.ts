import { dec } from 'dingbat-to-unicode';

/*
 * Fonts of office programs whose letters are signs: the places of a font, and the characters of Unicode that look like
 * what is there [Unicode 7.0, L2/12-368 for Wingdings; Adobe's symbol.txt for Symbol]. The less used ones are from a library,
 * which has other signs for some places of these two.
 */

type Run = [place: number, signs: string];

const wingdings: Run[] = [
  [0x21, '🖉✂✁👓🕭🕮🕯🕿✆🖂🖃📪📫📬📭🗀🗁🗎🗏🗐🗄⌛🖮🖰🖲🖳🖴🖫🖬✇✍🖎'],
  [0x41, '✌👌👍👎☜☞☝☟🖐☺😐☹💣☠🏳🏱✈☼💧❄🕆✞🕈✠✡☪☯🕉☸♈♉♊'],
  [0x61, '♋♌♍♎♏♐♑♒♓🙰🙵●❍■□🞐❑❒⬧⧫◆❖⬥⌧⮹⌘🏵🏶🙶🙷'],
  [0x80, '⓪①②③④⑤⑥⑦⑧⑨⑩⓿❶❷❸❹❺❻❼❽❾❿🙢🙠🙡🙣🙞🙜🙝🙟·•'],
  [0xa0, '⬝○🞆🞈🞊◎🔿▪◻🟁🟅★🟋🟏🟓🟑⯐⌖⯎⯏⯑✪✰🕐🕑🕒🕓🕔🕕🕖🕗🕘'],
  [0xc0, '🕙🕚🕛⮰⮱⮲⮳⮴⮵⮶⮷🙪🙫🙕🙔🙗🙖🙐🙑🙒🙓⌫⌦⮘➢⮙⮛⮈➲⮉⮋🡨'],
  [0xe0, '→🡩🡫🡬🡭🡯🡮🡸➔🡹🡻🡼🡽🡿🡾⇦⇨⇧⇩⬄⇳⬁⬀⬃⬂🢬🢭✗✓☒☑'],
];

const symbol: Run[] = [
  [0x22, '∀'],
  [0x24, '∃'],
  [0x27, '∋'],
  [0x2a, '∗'],
  [0x2d, '−'],
  [0x40, '≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ'],
  [0x5c, '∴'],
  [0x5e, '⊥'],
  [0x60, '‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ'],
  [0x7e, '∼'],
  [0xa0, '€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵'],
  [0xc0, 'ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓'],
  [0xe0, '◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪'],
  [0xf1, '〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭'],
];

/** What programs write for the places 0x80 to 0x9f: the characters that windows-1252 has there. */
const windows = '€\0‚ƒ„…†‡ˆ‰Š‹Œ\0Ž\0\0‘’“”•–—˜™š›œ\0žŸ';

/** Where Word puts the places of such fonts, besides the letters. */
const privateUse = 0xf000;

function signsOf(runs: Run[]): Record<string, string> {
  const signs: Record<string, string> = {};
  for (const [start, run] of runs) {
    for (const [index, sign] of [...run].entries()) {
      const place = start + index;
      for (const code of [place, privateUse + place]) signs[String.fromCharCode(code)] = sign;
      if (place >= 0x80 && place < 0xa0) signs[windows[place - 0x80] as string] = sign;
    }
  }
  return signs;
}

function runsOf(font: string): Run[] {
  const signs = Array.from({ length: 0x100 }, (_, place) => dec(font, String(place))?.string ?? '');
  return signs.map((sign, place): Run => [place, sign]).filter(([place, sign]) => place > 0x20 && sign !== '');
}

/** By the name of a font in lower case: the sign for each letter. */
export const symbolFonts: Record<string, Record<string, string>> = {
  wingdings: signsOf(wingdings),
  symbol: signsOf(symbol),
  webdings: signsOf(runsOf('webdings')),
  'wingdings 2': signsOf(runsOf('wingdings 2')),
  'wingdings 3': signsOf(runsOf('wingdings 3')),
};

/** Such fonts that have no signs of Unicode: parts of windows. */
export const otherSymbolFonts = ['marlett'];
