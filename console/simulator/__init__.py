"""The simulated terminal: a world that runs, and the server that serves it by the native contract.

It is a scale model of a rail-linked dry port, not a forecast of one: places, corridors, codes and rules are real, while
trains, numbers, shippers and owners are invented. Same seed, size and start: same world, however fast it is run.

What is modelled
    Trains by a timetable of both directions of five lines (rail-sea to Qinzhou, China-Europe by Alashankou and by
    Manzhouli, China-Laos, two feeders), from their announcement 40 h ahead to their closing; tracks with stays,
    closures and conflicts; rakes that turn round. Blocks whose stacks obey gravity; gantry cranes, stackers and empty
    handlers that make one move at a time, dig, break down and are helped from a desk. Boxes with bookings, documents,
    verified mass, holds, cold, danger. Trucks by appointment. Declarations through lane and state in office hours, with
    officers, papers asked for, and inspection bays of few slots. Smart locks, reefer readings.

What is assumed
    Arrivals: 55 % within 10 min of plan, 33 % triangular 15 to 90 min (mode 25) late, 12 % uniform 90 to 300 min; one
    late train in four has hours without an estimate. Departures: 60 % on time, 30 % uniform 10 to 50 min late, 10 %
    uniform 50 to 150. A move takes a lognormal time around 95 % of the crane's norm (22 to 25 an hour); faults come
    exponentially, every 14 h a crane, and last lognormally around 30 min.
    Trucks: appointments in quarters of an hour after a daily curve with its tops at 9 to 11 and 14 to 17, met within
    -20 to +60 min (triangular, mode 5), 3 % no-shows. Imports dwell 4 to 5 days at full size.
    Lanes: green/yellow/red 80/16/4 for exports, 66/26/8 for imports, 84/13/3 for transit, 30/45/25 for goods of a
    designated site. Green takes a lognormal 6 min, a look at papers 14 min, a paper asked for (one in three) 100 min of
    broker's time; an inspection slot is 30 min, 92 % pass. Offices: 08:30-12:00 and 13:30-19:00, every day.
    A full yard is 3000 boxes. Smaller ones have shorter trains; larger ones have a busier timetable and more blocks,
    cranes and lanes, while their road traffic and declarations grow with the 3/4 power of their boxes.
"""
