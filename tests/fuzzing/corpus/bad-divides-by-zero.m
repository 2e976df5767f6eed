function mpc = small
%SMALL  three buses, two feeders and a tie line
mpc.version = '2';
mpc.baseMVA = 10;
mpc.bus = [
  1 3 0 0 0 0 1 1 0 12.66 1 1 1;
  2 1 100 60 0 0 1 1 0 12.66 1 1.1 0.9;
  3 1 90 40 0 0 1 1 0 12.66 1 1.1 0.9;
];
mpc.gen = [1 0 0 10 -10 1 100 1 10 0 0 0 0 0 0 0 0 0 0 0 0];
mpc.branch = [
  1 2 0.0922 0.0470 0 0 0 0 0 0 1 -360 360;
  2 3 0.4930 0.2511 0 0 0 0 0 0 1 -360 360;
  1 3 0.3660 0.1864 0 0 0 0 0 0 0 -360 360;
];
%% convert branch impedances from Ohms to p.u.
Vbase = mpc.bus(1, 10) * 1e3;
Sbase = mpc.baseMVA * 1e6;
mpc.branch(:, [3 4]) = mpc.branch(:, [3 4]) / (Vbase^2 / Sbase);
%% convert loads from kW to MW
mpc.bus(:, [3 4]) = mpc.bus(:, [3 4]) / 1e3;

mpc.bus(:, 3) = mpc.bus(:, 3) / 0;
