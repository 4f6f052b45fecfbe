package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"os"
	"strconv"
	"time"
)

const tries = 6

var client = &http.Client{Timeout: 10 * time.Second}

// post hands an event to Relay; it returns when Relay has it, refuses it, or has not answered after all tries.
func post(event map[string]any) (string, error) {
	body, err := json.Marshal(event)
	if err != nil {
		return "", err
	}
	for tried := 1; ; tried++ {
		request, err := http.NewRequest("POST", os.Getenv("RELAY_URL")+"/api/events", bytes.NewReader(body))
		if err != nil {
			return "", err
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("X-API-Key", os.Getenv("RELAY_API_KEY"))
		var wait time.Duration
		response, err := client.Do(request)
		if err == nil {
			answer, _ := io.ReadAll(response.Body)
			response.Body.Close()
			status := response.StatusCode
			if status < 300 {
				return string(answer), nil
			}
			err = fmt.Errorf("%d: %s", status, answer)
			if status < 500 && status != 408 && status != 429 {
				return "", err
			}
			seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
			wait = time.Duration(seconds) * time.Second
		}
		if tried == tries {
			return "", err
		}
		backoff := time.Duration(float64(250*time.Millisecond) * float64(int(1)<<tried) * (0.5 + rand.Float64()))
		time.Sleep(max(wait, backoff))
	}
}

func main() {
	key := "job-123"
	if len(os.Args) > 1 {
		key = os.Args[1]
	}
	answer, err := post(map[string]any{
		"eventType": "job.created", "payload": map[string]any{"jobId": "123"}, "idempotencyKey": key,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(answer)
}
