# sources of src/loop
