/**
 * Text in which somebody who knew its parts has masked what is an e-mail address. Others must not do it again: `main@openclaw`
 * and `ssh -t ada@vps` are none.
 */
export class MaskedText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}
