// The pages of a forgotten password and of links in mail. The token stands behind the #, and goes into one request's body.
const token = location.hash.slice(1);
const form = document.querySelector("form");
const told = document.querySelector("[role=status]");

// Neither the history nor a screenshot needs it.
history.replaceState(null, "", location.pathname);

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  const body = { ...(token && { token }), ...Object.fromEntries(new FormData(form)) };
  try {
    const answer = await fetch(form.dataset.to, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (answer.ok) {
      form.hidden = true;
      told.textContent = form.dataset.done;
      return;
    }
    told.textContent = (await answer.json()).detail;
  } catch {
    told.textContent = "The server does not answer. Try again in a moment.";
  }
  button.disabled = false;
});
