# sources of src/svc
