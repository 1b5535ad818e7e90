// The names that a simulated building may have, and its people.

export const cities = [
  ["Los Angeles", "America/Los_Angeles"],
  ["Chicago", "America/Chicago"],
  ["Boston", "America/New_York"],
  ["Denver", "America/Denver"],
] as const;
export const owners = [
  "Murrow Group",
  "Halden Estates",
  "Birch & Vale",
  "Northlight Properties",
  "Quay Street Partners",
];
export const houses = ["Bergmann Building", "Linden House", "The Foundry", "Orchard Court", "Mercer Hall"];
export const companies = ["Arden Studio", "Polar Works", "Tideline", "Kestrel Labs"];
export const firstNames = [
  "Alia",
  "Ben",
  "Carla",
  "Dmitri",
  "Elif",
  "Farid",
  "Grace",
  "Hugo",
  "Ines",
  "Jonas",
  "Keiko",
  "Luis",
  "Mara",
  "Nils",
  "Oona",
  "Priya",
];
export const lastNames = [
  "Adler",
  "Bianchi",
  "Castro",
  "Dunn",
  "Eriksen",
  "Falk",
  "Greene",
  "Hoang",
  "Ito",
  "Jansen",
  "Kovacs",
  "Lindqvist",
  "Moreau",
  "Novak",
  "Okafor",
  "Petrov",
];
