// SPDX-License-Identifier: BSD-2-Clause
// tests/boot/linux/exceptions.cc: exceptions through frames and threads, destructors, containers, threads with a condition.
#include <condition_variable>
#include <iostream>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

struct Counter {
    static int alive;
    Counter() { alive++; }
    ~Counter() { alive--; }
};
int Counter::alive = 0;

static int deep(int depth)
{
    Counter counter;

    if (depth == 0)
        throw std::runtime_error("from the depth");
    return deep(depth - 1) + 1;
}

int main()
{
    try {
        deep(100);
    } catch (const std::exception &error) {
        std::cout << error.what() << ", alive: " << Counter::alive << "\n";
    }
    std::mutex mutex;
    std::condition_variable condition;
    std::map<int, std::string> results;
    std::vector<std::thread> threads;

    for (int i = 0; i < 6; i++)
        threads.emplace_back([&, i] {
            try {
                deep(i * 10);
            } catch (const std::runtime_error &error) {
                std::lock_guard<std::mutex> guard(mutex);
                results[i] = error.what();
                condition.notify_one();
            }
        });
    {
        std::unique_lock<std::mutex> guard(mutex);
        condition.wait(guard, [&] { return results.size() == 6; });
    }
    for (auto &thread : threads)
        thread.join();
    for (const auto &[number, text] : results)
        std::cout << number << ": " << text << "\n";
    std::cout << "alive: " << Counter::alive << std::endl;
    return 0;
}
