/** The style sheet of the mails, indented as in the page. Light and dark, by the reader's own setting. */
export const mailStyles = `:root {
            color-scheme: light dark;
          }
          body {
            margin: 0;
            background: #f3f5f8;
            color: #1c2430;
            font:
              16px/1.6 system-ui,
              -apple-system,
              'Segoe UI',
              Roboto,
              sans-serif;
          }
          main {
            box-sizing: border-box;
            max-width: 560px;
            margin: 0 auto;
            padding: 24px 20px;
            background: #ffffff;
            overflow-wrap: anywhere;
          }
          .password {
            margin: 20px 0;
            padding: 14px 16px;
            border: 1px solid #c3ccd9;
            border-radius: 8px;
            background: #eef2f8;
            color: #10161f;
            font:
              600 18px/1.5 ui-monospace,
              Menlo,
              Consolas,
              monospace;
            white-space: pre-wrap;
            overflow-wrap: anywhere;
            user-select: all;
          }
          dt,
          .care {
            color: #566173;
            font-size: 14px;
          }
          dd {
            margin: 0 0 8px;
          }
          a {
            color: #1252a3;
          }
          @media (prefers-color-scheme: dark) {
            body {
              background: #10141b;
              color: #e7ebf1;
            }
            main {
              background: #181e27;
            }
            .password {
              border-color: #3a4656;
              background: #0f141b;
              color: #ffffff;
            }
            dt,
            .care {
              color: #a3afc0;
            }
            a {
              color: #8fbcf5;
            }
          }`;
