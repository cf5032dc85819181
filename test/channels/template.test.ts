import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { escapeJson, parseTemplate, renderTemplate, TemplateError } from "../../src/channels/template.ts";

const DATA = {
  title: 'say "hi"\n',
  count: 3,
  no: false,
  none: null,
  empty: [],
  deep: { er: "down" },
  items: [
    { agent: "a", tags: ["x", "y"] },
    { agent: "b", tags: [] },
  ],
};

const render = (text: string): string => renderTemplate(parseTemplate(text), DATA, (value) => value);

test.each([
  ["a field", "{{title}}", DATA.title],
  ["blanks in the tag", "{{ count }}", "3"],
  ["a path", "{{deep.er}}", "down"],
  ["a field that is not there", "[{{nothing}}]", "[]"],
  ["a path through nothing", "[{{none.of.it}}]", "[]"],
  ["a member that every object has", "[{{constructor}}{{deep.toString}}]", "[]"],
  ["a list", "{{#items}}{{agent}}{{^last}}, {{/last}}{{/items}}", "a, b"],
  ["a list in a list, with an outer field", "{{#items}}{{#tags}}{{agent}}{{.}} {{/tags}}{{/items}}", "ax ay "],
  ["first and last", "{{#items}}{{#first}}[{{/first}}{{agent}}{{#last}}]{{/last}}{{/items}}", "[ab]"],
  ["an object as a section", "{{#deep}}{{er}}{{/deep}}", "down"],
  ["false, null and empty are not there", "{{#no}}1{{/no}}{{#none}}2{{/none}}{{#empty}}3{{/empty}}", ""],
  ["the other way round", "{{^no}}1{{/no}}{{^none}}2{{/none}}{{^empty}}3{{/empty}}{{^count}}4{{/count}}", "123"],
  ["braces that are no tags", "{ {a} }{{title", "{ {a} }{{title"],
])("%s", (_name, text, expected) => {
  expect(render(text)).toBe(expected);
});

test.each([
  ["not closed", "{{#items}}", "not closed"],
  ["closes nothing", "{{/items}}", "closes nothing"],
  ["crossed", "{{#a}}{{#b}}{{/a}}{{/b}}", "closes nothing"],
  ["no path", "{{a b}}", "expected {{a.path}}"],
  ["empty", "{{}}", "expected {{a.path}}"],
  ["a partial", "{{> file}}", "expected {{a.path}}"],
])("%s is a mistake", (_name, text, complaint) => {
  expect(() => parseTemplate(text)).toThrow(TemplateError);
  expect(() => parseTemplate(text)).toThrow(complaint);
});

describe("properties", () => {
  test("a value never becomes a tag, and never ends a JSON string", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (value) => {
        const text = renderTemplate(parseTemplate('{"a": "{{v}}"}'), { v: value }, escapeJson);
        expect(JSON.parse(text)).toEqual({ a: value });
      }),
    );
  });

  test("no text makes it throw anything but its own error", () => {
    const pieces = fc.constantFrom("{{", "}}", "#", "/", "^", "a", ".", " ", "items", "{", "\n");
    fc.assert(
      fc.property(fc.array(pieces), (parts) => {
        expect(outcomeOf(parts.join(""))).not.toBe("another error");
      }),
    );
  });
});

function outcomeOf(text: string): string {
  try {
    return render(text);
  } catch (error) {
    return error instanceof TemplateError ? "a mistake" : "another error";
  }
}
