// A login service by hand: net/http, pgx and the standard library's ed25519.
package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v4"
	"github.com/jackc/pgx/v4/pgxpool"
)

const schema = `
CREATE TABLE IF NOT EXISTS users (id uuid PRIMARY KEY, openid text UNIQUE NOT NULL, nickname text NOT NULL DEFAULT '',
	updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS sessions (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES users, refresh bytea UNIQUE NOT NULL,
	expires_at timestamptz NOT NULL DEFAULT now() + interval '30 days');`

var (
	db             *pgxpool.Pool
	public, key, _ = ed25519.GenerateKey(rand.Reader)
	raw            = base64.RawURLEncoding
	header         = raw.EncodeToString([]byte(`{"alg":"EdDSA","typ":"JWT"}`))
	wechat         = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 32}}
)

type user struct {
	ID        string    `json:"id"`
	Nickname  string    `json:"nickname"`
	UpdatedAt time.Time `json:"updated_at"`
}

type claims struct {
	Sub string `json:"sub"`
	Sid string `json:"sid"`
	Exp int64  `json:"exp"`
}

func random(size int) []byte {
	made := make([]byte, size)
	if _, err := rand.Read(made); err != nil {
		panic(err)
	}
	return made
}

func uuid() string {
	b := random(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	const digits = "0123456789abcdef"
	text := make([]byte, 0, 36)
	for i, each := range b {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			text = append(text, '-')
		}
		text = append(text, digits[each>>4], digits[each&15])
	}
	return string(text)
}

func hash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

func sign(c claims) string {
	payload, _ := json.Marshal(c)
	signed := header + "." + raw.EncodeToString(payload)
	return signed + "." + raw.EncodeToString(ed25519.Sign(key, []byte(signed)))
}

func verify(token string) (c claims, err error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || parts[0] != header {
		return c, errors.New("no token of ours")
	}
	signature, err := raw.DecodeString(parts[2])
	if err != nil || !ed25519.Verify(public, []byte(parts[0]+"."+parts[1]), signature) {
		return c, errors.New("bad signature")
	}
	payload, err := raw.DecodeString(parts[1])
	if err != nil {
		return c, err
	}
	if err = json.Unmarshal(payload, &c); err == nil && c.Exp < time.Now().Unix() {
		err = errors.New("expired")
	}
	return c, err
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

func refuse(w http.ResponseWriter, code string) {
	answer(w, http.StatusUnauthorized, map[string]string{"error": code})
}

func read(w http.ResponseWriter, r *http.Request, body any) bool {
	if err := json.NewDecoder(io.LimitReader(r.Body, 64<<10)).Decode(body); err != nil {
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_request"})
		return false
	}
	return true
}

func tokens(u user, sid, refresh string) map[string]any {
	exp := time.Now().Add(15 * time.Minute).Unix()
	return map[string]any{"access_token": sign(claims{u.ID, sid, exp}), "refresh_token": refresh, "user": u}
}

func exchange(ctx context.Context, code string) (string, error) {
	query := url.Values{"appid": {"wx"}, "secret": {"0"}, "grant_type": {"authorization_code"}, "js_code": {code}}
	request, err := http.NewRequestWithContext(ctx, "GET", os.Getenv("WECHAT_URL")+"/sns/jscode2session?"+query.Encode(), nil)
	if err != nil {
		return "", err
	}
	response, err := wechat.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var told struct{ Openid string }
	err = json.NewDecoder(response.Body).Decode(&told)
	return told.Openid, err
}

func login(w http.ResponseWriter, r *http.Request) {
	var asked struct{ Code string }
	if !read(w, r, &asked) {
		return
	}
	openid, err := exchange(r.Context(), asked.Code)
	if err != nil || openid == "" {
		refuse(w, "code_invalid")
		return
	}
	var u user
	err = db.QueryRow(r.Context(), `INSERT INTO users (id, openid) VALUES ($1, $2)
		ON CONFLICT (openid) DO UPDATE SET openid = excluded.openid RETURNING id::text, nickname, updated_at`,
		uuid(), openid).Scan(&u.ID, &u.Nickname, &u.UpdatedAt)
	sid, refresh := uuid(), raw.EncodeToString(random(32))
	if err == nil {
		_, err = db.Exec(r.Context(), "INSERT INTO sessions (id, user_id, refresh) VALUES ($1, $2, $3)", sid, u.ID, hash(refresh))
	}
	if err != nil {
		answer(w, http.StatusInternalServerError, map[string]string{"error": "internal"})
		return
	}
	answer(w, http.StatusOK, tokens(u, sid, refresh))
}

func renew(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		RefreshToken string `json:"refresh_token"`
	}
	if !read(w, r, &asked) {
		return
	}
	refresh := raw.EncodeToString(random(32))
	var u user
	var sid string
	err := db.QueryRow(r.Context(), `UPDATE sessions s SET refresh = $2, expires_at = now() + interval '30 days' FROM users u
		WHERE s.refresh = $1 AND s.expires_at > now() AND u.id = s.user_id
		RETURNING s.id::text, u.id::text, u.nickname, u.updated_at`,
		hash(asked.RefreshToken), hash(refresh)).Scan(&sid, &u.ID, &u.Nickname, &u.UpdatedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		refuse(w, "refresh_invalid")
		return
	}
	if err != nil {
		answer(w, http.StatusInternalServerError, map[string]string{"error": "internal"})
		return
	}
	answer(w, http.StatusOK, tokens(u, sid, refresh))
}

func me(w http.ResponseWriter, r *http.Request) {
	bearer, err := verify(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	if err != nil {
		refuse(w, "token_invalid")
		return
	}
	var row pgx.Row
	switch r.Method {
	case http.MethodGet:
		row = db.QueryRow(r.Context(), "SELECT id::text, nickname, updated_at FROM users WHERE id = $1", bearer.Sub)
	case http.MethodPut:
		var wanted struct{ Nickname string }
		if !read(w, r, &wanted) {
			return
		}
		row = db.QueryRow(r.Context(), `UPDATE users SET nickname = $2, updated_at = now() WHERE id = $1
			RETURNING id::text, nickname, updated_at`, bearer.Sub, wanted.Nickname)
	default:
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	var u user
	if err := row.Scan(&u.ID, &u.Nickname, &u.UpdatedAt); err != nil {
		answer(w, http.StatusNotFound, map[string]string{"error": "not_found"})
		return
	}
	answer(w, http.StatusOK, u)
}

func main() {
	ctx := context.Background()
	config, err := pgxpool.ParseConfig(os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	config.MaxConns = 20
	if db, err = pgxpool.ConnectConfig(ctx, config); err != nil {
		log.Fatal(err)
	}
	if _, err = db.Exec(ctx, schema); err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/v1/login", login)
	http.HandleFunc("/v1/token/refresh", renew)
	http.HandleFunc("/v1/me", me)
	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
