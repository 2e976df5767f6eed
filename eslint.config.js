// What is checked of the page's scripts besides types (jsconfig.json) and layout (prettier).
import { fileURLToPath } from "node:url";

import js from "@eslint/js";
import { createNodeResolver, importX } from "eslint-plugin-import-x";

// The rooms of assets/, lowest first: a room may import from those below it, never from its neighbours or from above.
// tests/test_assets.py holds the same, without Node.
const FLOORS = [
  ["page"],
  ["io", "powerflow"],
  ["diagram"],
  ["drawer"],
  ["whatif", "preview"],
  ["charts"],
  ["lessons", "room"],
  ["app"],
];

const zones = FLOORS.flatMap((rooms, floor) =>
  rooms.map((room) => ({
    target: `./assets/${room}`,
    from: FLOORS.slice(floor)
      .flat()
      .filter((other) => other !== room)
      .map((other) => `./assets/${other}`),
    message: "A room imports only from the rooms below it.",
  })),
).filter(({ from }) => from.length);

// "window.onload = ..." and the like are the browser's own.
const GLOBAL = "[object.name=/^(window|self|globalThis)$/]";
const GLOBAL_ASSIGNED = `AssignmentExpression > MemberExpression${GLOBAL}[property.name!=/^on/].left`;

// A day that is one file is linked from the modules by p2pdnr/dashboard/linking.py, which knows these forms alone.
const NOT_LINKED = [
  "ImportExpression",
  "ImportNamespaceSpecifier",
  "ImportDefaultSpecifier",
  "ExportAllDeclaration",
  "ExportDefaultDeclaration",
  "ExportNamedDeclaration[declaration=null][source=null]",
  "ExportNamedDeclaration > VariableDeclaration[kind!='const']",
  "ExportNamedDeclaration > ClassDeclaration",
  "ExportNamedDeclaration > FunctionDeclaration[generator=true]",
  "Program > ExpressionStatement > AwaitExpression",
].map((selector) => ({ selector, message: "linking.py does not know this form." }));

export default [
  js.configs.recommended,
  {
    files: ["assets/**/*.js", "tests/javascript/**/*.js", "*.js"],
    languageOptions: { ecmaVersion: 2022, sourceType: "module" },
    plugins: { "import-x": importX },
    settings: { "import-x/resolver-next": [createNodeResolver()] },
    rules: {
      "import-x/no-cycle": "error",
      "import-x/no-unresolved": ["error", { ignore: ["^node:", "^@eslint/", "^eslint"] }],
      "import-x/named": "error",
      "import-x/no-duplicates": "error",
      "import-x/no-restricted-paths": ["error", { basePath: fileURLToPath(new URL(".", import.meta.url)), zones }],
      "max-len": ["error", { code: 120 }],
      "max-lines": ["error", 300],
      "no-undef": "off", // tsc knows what a browser has
      "no-unused-vars": ["error", { caughtErrors: "none" }],
      "no-var": "error",
      "prefer-const": "error",
      "no-implicit-globals": "error",
      eqeqeq: "error",
    },
  },
  {
    // Nothing hangs on the page's global object; what others put there is reached in one place each.
    files: ["assets/**/*.js"],
    ignores: ["assets/app/dash_callbacks.js"],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector: GLOBAL_ASSIGNED,
          message: "No global: export it.",
        },
        {
          selector: "MemberExpression[property.name=/^dash_(clientside|ag_grid)$/]",
          message: "Dash is reached through drawer/dash.js.",
        },
        ...NOT_LINKED,
      ],
    },
  },
  {
    files: ["assets/drawer/dash.js"],
    rules: { "no-restricted-syntax": ["error", ...NOT_LINKED] },
  },
  {
    files: ["assets/app/theme.js", "assets/app/dash_callbacks.js"],
    languageOptions: { sourceType: "script" },
  },
];
