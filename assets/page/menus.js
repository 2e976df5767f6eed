// Menus of the bar: a click elsewhere closes them, and so does Escape, which leads the focus back.

const open = () => [...document.querySelectorAll(".menu[open]")];

export function closeMenu(menu) {
  menu.open = false;
  menu.querySelector("summary").focus();
}

export function wireMenus() {
  document.addEventListener("click", ({ target }) =>
    open().forEach((menu) => {
      if (!menu.contains(target)) menu.open = false;
    }),
  );
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") open().forEach(closeMenu);
  });
}
