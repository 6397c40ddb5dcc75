-- c;
;
;;
A;

  B (
-- within;
 x);
 C