package main

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"strings"

	"drive/verify"
)

func main() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		field := strings.Split(lines.Text(), "\t")
		header := http.Header{}
		header.Set("webhook-id", field[1])
		header.Set("webhook-timestamp", field[2])
		header.Set("webhook-signature", field[3])
		body, err := os.ReadFile(field[4])
		if err != nil {
			panic(err)
		}
		fmt.Println(verify.IsFromRelay(field[0], header, body))
	}
}
