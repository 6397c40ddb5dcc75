-- This number is free.
DO 0;
