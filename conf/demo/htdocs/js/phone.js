// SPDX-License-Identifier: Apache-2.0
// A hint how the server will read a mobile number. The server decides; this only shows slips early.
import config from '../config.js';
import { language, t } from './lang.js';

// Calling codes, each with its (main) country.
const CODES = new Map([...`1US7RU20EG27ZA30GR31NL32BE33FR34ES36HU39IT40RO41CH43AT44GB45DK46SE47NO48PL49DE51PE52MX53CU54AR55BR56CL57CO58VE60MY
61AU62ID63PH64NZ65SG66TH81JP82KR84VN86CN90TR91IN92PK93AF94LK95MM98IR211SS212MA213DZ216TN218LY220GM221SN222MR223ML
224GN225CI226BF227NE228TG229BJ230MU231LR232SL233GH234NG235TD236CF237CM238CV239ST240GQ241GA242CG243CD244AO245GW246IO
247AC248SC249SD250RW251ET252SO253DJ254KE255TZ256UG257BI258MZ260ZM261MG262RE263ZW264NA265MW266LS267BW268SZ269KM290SH
291ER297AW298FO299GL350GI351PT352LU353IE354IS355AL356MT357CY358FI359BG370LT371LV372EE373MD374AM375BY376AD377MC378SM
380UA381RS382ME383XK385HR386SI387BA389MK420CZ421SK423LI500FK501BZ502GT503SV504HN505NI506CR507PA508PM509HT590GP591BO
592GY593EC594GF595PY596MQ597SR598UY599CW670TL672NF673BN674NR675PG676TO677SB678VU679FJ680PW681WF682CK683NU685WS686KI
687NC688TV689PF690TK691FM692MH850KP852HK853MO855KH856LA880BD886TW960MV961LB962JO963SY964IQ965KW966SA967YE968OM970PS
971AE972IL973BH974QA975BT976MN977NP992TJ993TM994AZ995GE996KG998UZ`.matchAll(/(\d+)(\D\D)/g)].map((found) => found.slice(1)));

// Prefixes of national numbers other than 0. Some countries dial their 0 from abroad too.
const TRUNK = { 1: '1', 7: '8', 36: '06', 39: '', 225: '', 229: '', 241: '', 242: '', 375: '80', 993: '8' };

// Digits of every script as ASCII. Unicode has each script's ten digits in a row.
function toAscii(digit) {
  let zero = digit.codePointAt(0);
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return (digit.codePointAt(0) - zero) % 10;
}

// {code, country, rest} of a number as typed; {error: 'letters'|'code'}; undefined if it is too short to tell.
export function readNumber(typed, ownCode = config.country) {
  let text = typed.replace(/[\s\p{Pd}\p{Cf}\u2212\ufe00-\ufe0f./()]/gu, '').replace('＋', '+').replace(/\p{Nd}/gu, toAscii);
  if (!text) return undefined;
  if (!/^\+?\d*$/.test(text)) return { error: 'letters' };
  if (text.startsWith('00')) text = `+${text.slice(2)}`;
  if (!text.startsWith('+')) {
    const trunk = TRUNK[ownCode] ?? '0';
    return { code: ownCode, country: CODES.get(ownCode), rest: text.startsWith(trunk) ? text.slice(trunk.length) : text };
  }
  const digits = text.slice(1);
  const code = [1, 2, 3].map((length) => digits.slice(0, length)).find((start) => CODES.has(start));
  if (!code) return digits.length < 3 ? undefined : { error: 'code' };
  const rest = digits.slice(code.length);
  return { code, country: code === '7' && /^[67]/.test(rest) ? 'KZ' : CODES.get(code), rest };
}

function hint(typed) {
  const number = readNumber(typed);
  if (!number) return t('phone.hint', { code: config.country });
  if (number.error) return t(`phone.${number.error}`);
  const country = number.code === '1' ? '' : `: ${new Intl.DisplayNames(language, { type: 'region' }).of(number.country)}`;
  return t('phone.read', { number: `+${number.code} ${number.rest}`, country });
}

// Keeps the note below a field up to date while its owner types.
export function showHint(input) {
  const note = () => document.getElementById(input.getAttribute('aria-describedby'));
  const update = () => {
    if (input.ariaInvalid !== 'true') note().textContent = hint(input.value);
  };
  input.addEventListener('input', () => {
    input.removeAttribute('aria-invalid');
    note().classList.remove('error');
    update();
  });
  input.addEventListener('hint', update);
}
