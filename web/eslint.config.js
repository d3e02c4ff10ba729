import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import ts from "typescript-eslint";

export default ts.config(
  { ignores: ["dist", "public/vendor", "client/dist", "client/src/schema.d.ts"] },
  ...ts.configs.strict,
  a11y.flatConfigs.recommended,
  hooks.configs.flat.recommended,
  // Playwright's fixtures have a `use` that is no hook.
  { files: ["e2e/**"], rules: { "react-hooks/rules-of-hooks": "off" } },
  // Loops over pixels index typed arrays within their bounds.
  { rules: { "@typescript-eslint/no-non-null-assertion": "off" } },
);
