# unit tests of src/svc
